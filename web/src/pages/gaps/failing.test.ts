import { describe, expect, it } from "vitest";

import type { Answer } from "@/api/questions";
import { sealed } from "@/format/magnitude";
import { isNothing } from "@/format/isNothing";
import { DEFAULT_VIEW } from "@/url/view";
import { AT_ONCE, eachOf, failingOf, isAsked, lastOf, courseUnitOf, wholeOf } from "./failing";

const answer = {
  rows: [
    { question: "rent sofas", unanswered_answers: sealed(3), questions: sealed(4) },
    { question: null, unanswered_answers: sealed(1), questions: sealed(1) },
    { question: "thank you", unanswered_answers: sealed(0), questions: sealed(9) },
  ],
  meta: { timezone: "UTC", window: { from: null, to: null }, rows_total: 3, excluded: {}, definition_version: 3, freshness: null, labels: { question: { "rent sofas": "Rent sofas?" } } },
} satisfies Answer;

describe("the questions that went unanswered", () => {
  it("are in people's words, in the order of the answer, without those that were answered", () => {
    expect(failingOf(answer, "(empty)", isNothing).map((each) => [each.key, each.text])).toEqual([["rent sofas", "Rent sofas?"], [null, "(empty)"]]);
  });

  it("are asked for without a comparison, which nothing of the page shows", () => {
    expect(wholeOf("b", DEFAULT_VIEW).failing.compare).toBeUndefined();
  });

  it("are asked for one by one with the filters of the page, no more at once than the API takes", () => {
    const view = { ...DEFAULT_VIEW, filters: [{ field: "language" as const, op: "is" as const, values: ["de"] as const }] };
    expect(eachOf(["a"], "b", view)["all 0"]?.filters).toEqual([
      { field: "language", op: "is", value: "de" },
      { field: "unanswered_question", op: "is", value: "a" },
    ]);
    expect(Object.keys(eachOf(Array.from({ length: AT_ONCE }, String), "b", view)).length).toBeLessThanOrEqual(20);
  });

  it.each([
    [{ name: "today" }, "day"],
    [{ name: "30d" }, "day"],
    [{ name: "365d" }, "week"],
    [{ name: "3mo" }, "day"],
    [{ name: "12mo" }, "week"],
    [{ name: "all" }, "week"],
    [{ first: "2026-01-01", last: "2026-02-01" }, "day"],
    [{ first: "2026-01-01", last: "2026-12-31" }, "week"],
  ] as const)("of %o are shown by %s", (period, unit) => {
    expect(courseUnitOf(period)).toBe(unit);
  });

  it("were asked last in the last bucket with anything in it", () => {
    const course = [{ day: "2026-03-01", conversations: sealed(2) }, { day: "2026-03-02", conversations: sealed(1) }, { day: "2026-03-03", conversations: sealed(0) }];
    expect(lastOf(course, "day", isNothing)).toBe("2026-03-02");
    expect(lastOf(course.slice(2), "day", isNothing)).toBeNull();
  });

  it("are found again in a transcript, however they were written", () => {
    expect(isAsked("  Rent SOFAS?! ", "rent sofas")).toBe(true);
    expect(isAsked("Rent a sofa", "rent sofas")).toBe(false);
    expect(isAsked("", null)).toBe(false);
  });
});
