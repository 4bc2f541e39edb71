import { describe, expect, it } from "vitest";

import { DEFAULT_VIEW, type View } from "@/url/view";
import { fieldsLeftOut, isComparable, lockedFilters, viewWithin } from "./page";

const today = "2026-11-27";
const view = (part: Partial<View>): View => ({ ...DEFAULT_VIEW, ...part });

describe("what an embed link bounds", () => {
  it("is the period, and the days that it is set against", () => {
    const sixty = { first: "2026-09-29", last: null, today };
    expect(viewWithin(view({}), sixty)).toEqual(view({}));
    expect(viewWithin(view({}), { ...sixty, first: "2026-09-30" }).compare.with).toBe("none");
    expect(viewWithin(view({ period: { name: "12mo" } }), sixty).period).toEqual({ name: "30d" });
    expect(viewWithin(view({ period: { name: "all" } }), { first: null, last: null, today })).toEqual(view({ period: { name: "all" } }));
  });

  it.each([
    ["prev", false, "2026-11-14", true],
    ["prev", false, "2026-11-15", false],
    ["prev", true, "2026-11-14", false],
    ["prev", true, "2026-11-08", true],
    ["year", false, "2026-01-01", false],
    ["year", false, "2025-11-01", true],
  ] as const)("a week against %s (by weekdays: %s), with days since %s: %s", (how, weekday, first, may) => {
    expect(isComparable({ period: { name: "7d" }, compare: { with: how, weekday } }, { first, last: null, today })).toBe(may);
  });
});

it.each([
  [["cards"], false, ["session", "conversation", "question", "unanswered_question"]],
  [["cards", "unanswered"], false, ["session", "conversation"]],
  [["cards"], true, []],
])("offers no filters of what is left out (%s, transcripts: %s)", (parts, transcripts, expected) => {
  expect(fieldsLeftOut({ parts, transcripts })).toEqual(expected);
});

describe("locked filters", () => {
  it("are read where all of them hold", () => {
    const german = { field: "language", op: "is", value: "de" };
    expect(lockedFilters([german, { field: "channel", op: "is not", value: ["web", null] }])).toEqual([
      { field: "language", op: "is", values: ["de"] },
      { field: "channel", op: "is_not", values: ["web", null] },
    ]);
    expect(lockedFilters(german)).toEqual([{ field: "language", op: "is", values: ["de"] }]);
    expect(lockedFilters([])).toEqual([]);
  });

  it("are not, where they are more than that", () => {
    expect(lockedFilters({ or: [] })).toBeNull();
    expect(lockedFilters([{ field: "luck", op: "is", value: 1 }])).toBeNull();
    expect(lockedFilters(null)).toBeNull();
  });
});
