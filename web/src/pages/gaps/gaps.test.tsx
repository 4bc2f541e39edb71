import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor, VIEWER } from "../../../tools/company";
import { formatsFor } from "@/format/useFormats";
import { say } from "@/texts/texts";
import { DEFAULT_VIEW } from "@/url/view";
import { pointsOf } from "./Curve";
import { Gaps } from "./Gaps";
import { askedGaps, gapOf, type Gap, type GapDetail, type GapsMeta } from "./gaps";
import { behindQuestions, inAnAddress, isAsked, monthlyRange, perMonth, workingOf } from "./words";

const WAIT = { timeout: 15_000 }; // popups come late on a busy machine
const FORMATS = formatsFor("en", say);

const GAP: Gap = {
  id: "g_1", chatbot_id: "shop", title: "Do you rent out sofas?", titles: { en: "Do you rent out sofas?", de: "Vermieten Sie Sofas?" }, state: "open", version: 3, phrases: ["rent sofas"],
  languages: [{ language: "en", questions: 5 }], signals: { low_score: 4, fallback: 0, negative_vote: 1, rephrased: 0, handoff: 0 }, strength: "unanswered", questions: 6, sessions: 5, distinct_questions: 2,
  failing_share: { value: 0.8, n: 5, interval: [0.376, 0.964] }, first_asked_at: "2026-03-01T09:00:00Z", last_asked_at: "2026-03-17T09:00:00Z", rising: true,
  impact: { conversations_per_month: 12.34, interval: [8.2, 16.9], sessions_28d: 20, share_without_other_gap: 0.75, expected_failing_share: 0.2, expected_from: "default" }, proof: null,
};
const DETAIL: GapDetail = {
  ...GAP,
  examples: [{ question: "Do you rent out sofas?", sessions: 3, last_asked_at: "2026-03-17T09:00:00Z", language: "en" }, { question: "sofa rental?", sessions: 2, last_asked_at: "2026-03-16T09:00:00Z", language: "en" }],
  history: [{ at: "2026-03-10T09:00:00Z", by: "user:ann", change: "state", note: "Wrote an article.", reason: null, from: "open", to: "fixed" }],
  curve: [{ day: "2026-03-15", sessions: 2, failing: 1 }, { day: "2026-03-17", sessions: 3, failing: 3 }], merged_from: [], split_into: [], topic: 1,
};
const META: GapsMeta = {
  definition_version: 1, model: { name: "words", version: "1", plain: false }, model_missing: null, linked_at: "2026-03-18T02:00:00Z", link: 4, waiting_questions: 0, lag_seconds: 0, has_scores: true,
  shown_from_sessions: 1, hidden: 0, freshness: null, timezone: "UTC", window: { from: null, to: null },
};

/** The room as somebody sees it, with one gap. */
function room(who: typeof ANN, { gap = null, detail = DETAIL, meta = META, gaps = [GAP], ...answers }: { gap?: string | null; detail?: GapDetail; meta?: GapsMeta; gaps?: Gap[] } & Record<string, unknown> = {}): ReturnType<typeof drawFor> {
  return drawFor(who, <Gaps address={{ page: "gaps", company: "acme", bot: "shop", gap }} />, {
    "GET /v1/gaps": { gaps, next_cursor: null, meta },
    "GET /v1/gaps/g_1": { gap: detail, meta },
    "GET /v1/markers": { markers: [] },
    ...answers,
  });
}

/** An answer that is given once; whoever asks again gets none. */
function once(answer: unknown): () => unknown {
  let given = 0;
  return () => ((given += 1) === 1 ? answer : undefined);
}

const at = (query: string): void => { (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(`http://localhost/c/acme/b/shop/gaps${query}`); };
beforeEach(() => { at(""); });
afterEach(() => vi.unstubAllGlobals());

describe("the list of gaps", () => {
  it("says of each what an answer would save, between what, of whom, and what is special", async () => {
    room(VIEWER, { gaps: [GAP, { ...GAP, id: "g_2", title: "Other", state: "reopened", strength: "weaker", rising: false }, { ...GAP, id: "g_3", state: "verified" }] });
    const [first, second, third] = within(await screen.findByRole("list", { name: "Gaps" })).getAllByRole("listitem");
    expect(first?.textContent).toContain("12saved a month8.2\u00a0–\u2060\u00a017");
    expect(first?.textContent).toContain("5 visitors · 80.0% got no answer");
    expect(first?.textContent).toContain("rising");
    expect(within(first ?? document.body).getByRole("link").getAttribute("href")).toBe("/c/acme/b/shop/gaps/g_1");
    expect(second?.textContent).toContain("Reopened");
    expect(second?.textContent).toContain("weaker signs only");
    expect(second?.textContent).toContain("saved a month");
    expect(third?.textContent).toContain("Proven fixed");
    expect(third?.textContent).not.toContain("saved a month");
  });

  it("says what it rests on: no scores, no model, what waits, what is hidden", async () => {
    room(VIEWER, { meta: { ...META, has_scores: false, model: null, model_missing: "Install wordllama.", waiting_questions: 7, lag_seconds: 90, hidden: 2, shown_from_sessions: 3 } });
    const told = await screen.findByText(/sends no confidence scores/);
    expect(told.parentElement?.textContent).toContain("by equal wording alone, not by meaning. Install wordllama.");
    expect(told.parentElement?.textContent).toContain("7 questions are waiting to be grouped. The oldest has waited for 1 min 30 sec.");
    expect(told.parentElement?.textContent).toContain("2 gaps are not shown to you: too few visitors asked.");
  });

  it("is empty for a reason: nothing is linked yet, nothing matches, all was answered", async () => {
    const { unmount } = room(VIEWER, { gaps: [], meta: { ...META, linked_at: null } });
    expect(await screen.findByText("No gaps yet")).toBeTruthy();
    unmount();
    at("?state=dismissed");
    room(VIEWER, { gaps: [] });
    expect(await screen.findByText("No gap matches.")).toBeTruthy();
  });

  it("has what awaits an answer, if nothing else is chosen, and says so", async () => {
    expect(askedGaps("shop", DEFAULT_VIEW, {})).toEqual({ chatbot_id: "shop", period: "30d", state: "open,reopened" });
    expect(askedGaps("shop", DEFAULT_VIEW, { state: "all" })).toEqual({ chatbot_id: "shop", period: "30d" });
    expect(askedGaps("shop", DEFAULT_VIEW, { state: "nonsense" }).state).toBe("open,reopened");
    room(VIEWER, { gaps: [] });
    expect(await screen.findByText("Nothing is waiting to be written.")).toBeTruthy();
    expect(screen.getByRole("heading", { level: 2 }).textContent).toBe("Write this next");
    fireEvent.change(screen.getByLabelText("State"), { target: { value: "all" } });
    expect(await screen.findByText("Nothing went unanswered.")).toBeTruthy();
    expect(window.location.search).toBe("?state=all");
    expect(screen.getByRole("heading", { level: 2 }).textContent).toBe("Gaps");
  });

  it("has in its field what is looked for, also of an address that somebody goes back to", async () => {
    at("?q=sofa");
    room(VIEWER);
    const field = await screen.findByRole<HTMLInputElement>("searchbox");
    expect(field.value).toBe("sofa");
    fireEvent.change(field, { target: { value: " lamp " } });
    fireEvent.submit(field);
    expect(window.location.search).toBe("?q=lamp");
    expect(field.value).toBe("lamp");
    act(() => { window.history.pushState(null, "", "?q=sofa"); });
    await waitFor(() => { expect(field.value).toBe("sofa"); });
  });

  it("asks the API for what is chosen, and for nothing that does not exist", () => {
    expect(askedGaps("shop", DEFAULT_VIEW, { state: "fixed", order: "newest", signal: "nonsense", q: " sofa " })).toEqual({ chatbot_id: "shop", period: "30d", state: "fixed", order: "newest", q: "sofa" });
  });

  it("is reached by a question, in whatever wording: the address becomes that of its gap", async () => {
    at("?question=do%20you%20rent%20out%20sofas");
    room(VIEWER, { "GET /v1/gaps/questions": { question: "Do you rent out sofas?!", gap_id: "g_1", chatbot_id: "shop" } });
    await waitFor(() => { expect(window.location.pathname).toBe("/c/acme/b/shop/gaps/g_1"); });
    expect(window.location.search).toBe("");
    expect(gapOf('{"question":"Hi","gap_id":null}\n{"question":"hi!","gap_id":"g_9"}\n', (text) => isAsked(text, "hi"))).toBe("g_9");
  });
});

describe("a gap", () => {
  it("shows its working, its signs, the questions and what was done; each question leads to its conversations", async () => {
    room(VIEWER, { gap: "g_1" });
    const pane = await screen.findByRole("article");
    expect(pane.textContent).toContain("About 12 conversations a month, probably 8.2\u00a0–\u2060\u00a017");
    expect(pane.textContent).toContain("20 visitors asked it in the last 28 days");
    expect(pane.textContent).toContain("Vermieten Sie Sofas?");
    expect(pane.textContent).toContain("4 visitors got an unsure answer");
    expect(pane.textContent).toContain("1 visitor voted against the answer (a weaker sign)");
    expect(pane.textContent).toContain("Open → Fixed, not proven yet");
    expect(pane.textContent).toContain("Wrote an article.");
    expect(within(pane).getByRole("link", { name: "sofa rental?" }).getAttribute("href")).toBe("/c/acme/b/shop/conversations?f=unanswered_question,is,sofa%20rental%3F");
  });

  it("offers nothing to whoever may change nothing", async () => {
    room(VIEWER, { gap: "g_1" });
    await screen.findByRole("article");
    expect(screen.queryByRole("button", { name: "I fixed it" })).toBeNull();
  });

  it("is said to be fixed with a note, and only as it was seen", async () => {
    const { sent } = room(ANN, { gap: "g_1", "PATCH /v1/gaps/g_1": { ...DETAIL, state: "dismissed" }, "GET /v1/gaps/g_1": once({ gap: DETAIL, meta: META }) });
    fireEvent.click(await screen.findByRole("button", { name: "I fixed it" }));
    const dialog = await screen.findByRole("dialog", {}, WAIT);
    fireEvent.change(within(dialog).getByLabelText("What was done"), { target: { value: "New article" } });
    fireEvent.click(within(dialog).getByRole("button", { name: "I fixed it" }));
    await waitFor(() => { expect(sent.find(({ line }) => line.startsWith("PATCH"))?.body).toEqual({ state: "fixed", note: "New article", if_version: 3 }); });
    expect(await within(await screen.findByRole("article")).findByText("Dismissed")).toBeTruthy(); // as the answer has it, before anything is asked anew
  });

  it("is joined with others, of which the nearest are offered first", async () => {
    const others = [{ ...GAP, id: "g_2", title: "Sofa rental" }, { ...GAP, id: "g_3", title: "Delivery" }];
    room(ANN, { gap: "g_1", "GET /v1/gaps": (query: URLSearchParams) => ({ gaps: query.get("near") === "g_1" && !query.has("state") ? others : [GAP], next_cursor: null, meta: META }) });
    fireEvent.click(await screen.findByRole("button", { name: /More/ }));
    fireEvent.click(await screen.findByRole("menuitem", { name: "Merge with others" }, WAIT));
    const dialog = await screen.findByRole("dialog", {}, WAIT);
    await within(dialog).findByText("Delivery");
    expect(within(dialog).getAllByText(/Sofa rental|Delivery/).map((each) => each.textContent)).toEqual(["Sofa rental", "Delivery"]);
  });

  it("that is fixed says before and after, and how many have to ask until it is decided", async () => {
    const side = { sessions: 20, failing: 16, share: 0.8, interval: [0.584, 0.919] };
    const proof = { fixed_at: "2026-03-10T09:00:00Z", limit: 0.2, before: side, after: { sessions: 4, failing: 0, share: 0, interval: [0, 0.49] }, decided: null, decided_at: null, more_sessions_needed: 14, waiting_questions: 2 };
    room(VIEWER, { gap: "g_1", detail: { ...DETAIL, state: "fixed", proof } });
    const pane = await screen.findByRole("article");
    expect(pane.textContent).toContain("Not decided yet.");
    expect(pane.textContent).not.toContain("What an answer would save"); // there is one
    expect(pane.textContent).toContain("About 14 more visitors have to ask");
    expect(pane.textContent).toContain("2 later questions are still being read.");
    const [, before, after] = within(pane).getAllByRole("row");
    expect(before?.textContent).toBe("Before201680.0%58.4% – 91.9%");
    expect(after?.textContent).toBe("After400%0% – 49.0%");
  });

  it("has a point for every day; a day that nobody asked on is none", () => {
    expect(pointsOf(DETAIL.curve, ["2026-03-18"], FORMATS).map(({ id, figure }) => [id, figure])).toEqual([["2026-03-15", 0.5], ["2026-03-16", null], ["2026-03-17", 1], ["2026-03-18", null]]);
  });
});

describe("what is said of an estimate", () => {
  it("has as many places as it is worth, and no range where there is none", () => {
    expect([0.04, 0.44, 3, 12.34].map((each) => perMonth(each, FORMATS))).toEqual(["0", "0.4", "3", "12"]);
    expect(monthlyRange({ ...GAP.impact, interval: [15.2, 15.3] }, FORMATS)).toBeNull();
    expect(workingOf(GAP, say, FORMATS)).toHaveLength(4);
  });

  it("leads to questions that were asked at all, where only weaker signs say that they failed", () => {
    expect(behindQuestions(DEFAULT_VIEW, { ...GAP, strength: "weaker" }, ["a", "b"]).filters).toEqual([{ field: "question", op: "is", values: ["a", "b"] }]);
  });

  it("asks for as many questions as an address holds, the first ones, and one at least", () => {
    expect(inAnAddress(["a", "b"])).toEqual(["a", "b"]);
    expect(inAnAddress([])).toEqual([]);
    const long = ["ä".repeat(400), "ö".repeat(400), "ü".repeat(400), "ß".repeat(400)];
    expect(inAnAddress(long)).toEqual(long.slice(0, 2));
    expect(inAnAddress(["ä".repeat(5_000), "b"])).toEqual(["ä".repeat(5_000)]);
  });
});
