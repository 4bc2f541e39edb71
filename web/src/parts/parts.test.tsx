import { fireEvent, screen, within } from "@testing-library/react";
import type { JSX } from "react";
import { describe, expect, it, vi } from "vitest";

import { draw } from "../../tools/drawing";
import { ApiError } from "@/api/error";
import type { Answer } from "@/api/questions";
import { sealed } from "@/format/magnitude";
import { speak } from "@/texts/texts";
import { BarList } from "@/charts/BarList";
import { AnswerTable } from "./AnswerTable";
import { BigFigure, ChangeMark } from "./FigureText";
import { Meaning } from "./Meaning";
import { Table } from "./Table";
import { Widget } from "./Widget";
import { mapped, stateOf, type WidgetState } from "./widgetState";

const retry = vi.fn();
const drawState = (state: WidgetState<string>): ReturnType<typeof draw> =>
  draw(
    <Widget state={state} height="100px" what="Ratings">
      {(data) => <b>{data}</b>}
    </Widget>,
  );

describe("a widget", () => {
  it.each<[WidgetState<string>, string[]]>([
    [{ kind: "loading" }, ["Loading Ratings"]],
    [{ kind: "data", data: "42" }, ["42"]],
    [{ kind: "stale", data: "42" }, ["42"]],
    [{ kind: "offline", data: "42", retry }, ["42", "No connection. These are the last known figures.", "Retry"]],
    [{ kind: "offline", data: null, retry }, ["No connection.", "Retry"]],
    [{ kind: "empty" }, ["No data in this period.", "Widen the period or remove a filter."]],
    [{ kind: "empty", why: { id: "frame.no_bot_found" } }, ["No chatbot has that name."]],
    [{ kind: "unmeasurable" }, ["This cannot be measured here."]],
    [{ kind: "error", error: new ApiError(500, "x", "The store is full."), retry }, ["This could not be loaded.", "The store is full.", "Retry"]],
    [{ kind: "error", error: new ApiError(429, "too_many_questions", "Slow."), retry }, ["Too much is asked at once. It is tried again by itself."]],
    [{ kind: "plan", error: new ApiError(402, "plan_required", "No.", null, { needs_plan: "pro" }) }, ["It comes with the plan “pro”."]],
    [{ kind: "plan", error: new ApiError(402, "plan_required", "No.", null, { oldest_allowed: "2026-01-05" }) }, ["Your plan reaches back to Jan 5, 2026."]],
    [{ kind: "plan", error: new ApiError(402, "plan_required", "Ask less.") }, ["Your plan does not include this.", "Ask less."]],
    [{ kind: "forbidden", error: new ApiError(403, "missing_scope", "No.") }, ["You may not see this."]],
  ])("says what it is: %o", (state, texts) => {
    drawState(state);
    for (const text of texts) expect(screen.getByText(text)).toBeTruthy();
  });

  it("is as high in every state, and shows no figures that nobody may see", () => {
    const { container } = drawState({ kind: "forbidden", error: new ApiError(403, "missing_scope", "No.") });
    expect((container.firstElementChild as HTMLElement).style.minBlockSize).toBe("100px");
    expect(container.querySelector("b")).toBeNull();
  });

  it("goes on with the same part when its figures become old, and when the server is gone", () => {
    const widget = (state: WidgetState<string>): JSX.Element => (
      <Widget state={state} height="100px" what="Ratings">
        {(data) => <input aria-label="chart" defaultValue={data} />}
      </Widget>
    );
    const { rerender } = draw(widget({ kind: "data", data: "42" }));
    const part = screen.getByLabelText("chart");
    const states: WidgetState<string>[] = [{ kind: "stale", data: "42" }, { kind: "offline", data: "42", retry }, { kind: "data", data: "43" }];
    for (const state of states) {
      rerender(widget(state));
      expect(screen.getByLabelText("chart")).toBe(part);
    }
  });

  it("tries again when asked to", () => {
    drawState({ kind: "error", error: new Error("x"), retry });
    fireEvent.click(screen.getByText("Retry"));
    expect(retry).toHaveBeenCalledOnce();
  });
});

describe("the state of a widget", () => {
  const answer = { rows: [], meta: {} } as unknown as Answer;
  const asked = { data: undefined, error: null, isPlaceholderData: false, refetch: retry };
  const failing = (status: number, code = "x"): ApiError => new ApiError(status, code, "");

  it.each([
    [{ ...asked }, "loading"],
    [{ ...asked, data: { one: answer } }, "data"],
    [{ ...asked, data: { one: answer }, isPlaceholderData: true }, "stale"],
    [{ ...asked, data: { one: failing(402) } }, "plan"],
    [{ ...asked, data: { one: failing(403) } }, "forbidden"],
    [{ ...asked, data: { one: failing(422) } }, "error"],
    [{ ...asked, error: failing(500) }, "error"],
    [{ ...asked, error: new Error("x") }, "error"],
    [{ ...asked, data: { one: answer }, error: failing(500) }, "stale"],
    [{ ...asked, data: { one: answer }, error: failing(0, "offline") }, "offline"],
    [{ ...asked, error: failing(0, "offline") }, "offline"],
  ])("follows from what is known: %o", (from, kind) => {
    expect(stateOf(from as never, "one").kind).toBe(kind);
  });

  it("goes over to what is made of its data; nothing is empty", () => {
    const state: WidgetState<number> = { kind: "stale", data: 2 };
    expect(mapped(state, (data) => data * 2)).toEqual({ kind: "stale", data: 4 });
    expect(mapped(state, () => null)).toEqual({ kind: "empty" });
    expect(mapped({ kind: "loading" }, () => 1)).toEqual({ kind: "loading" });
    expect(mapped<number, number>({ kind: "offline", data: null, retry }, () => 1)).toEqual({ kind: "offline", data: null, retry });
  });
});

describe("a figure", () => {
  const change = (absolute: number, distinguishable: boolean | null): object => ({ absolute: sealed(absolute), relative: sealed(absolute), distinguishable });

  it("says its change by arrow, sign and word", () => {
    const { container } = draw(<BigFigure figure={sealed(0.25)} metric="unanswered_rate" change={change(0.02, true) as never} />);
    expect(container.textContent).toBe("25.0%↑up+2.0 pts");
  });

  it("has a colour only if the change is more than chance and the metric has a better", () => {
    const look = (metric: "csat" | "unanswered_rate" | "conversations", by: number, sure: boolean | null): string => {
      const { container, unmount } = draw(<ChangeMark metric={metric} change={change(by, sure) as never} />);
      const found = container.firstElementChild?.className.split(" ")[1] ?? "";
      unmount();
      return found;
    };
    const [good, bad, plain, doubted] = [look("csat", 0.1, true), look("csat", -0.1, true), look("conversations", 0.1, true), look("csat", 0.1, false)];
    expect(new Set([good, bad, plain, doubted]).size).toBe(4);
    expect(look("unanswered_rate", 0.1, true)).toBe(bad);
    expect([look("csat", 0.1, null), look("conversations", 0.1, false)]).toEqual([doubted, doubted]);
  });

  it("says to the eye that its change may be chance, beside it", () => {
    const { container } = draw(<ChangeMark metric="csat" change={change(0.1, false) as never} />);
    expect(container.textContent).toBe("↑up+10.0 ptsmay be chance");
    expect(screen.getByText("may be chance").className).not.toContain("spoken");
  });

  it("says of no change at all nothing of chance", () => {
    const { container } = draw(<ChangeMark metric="csat" change={change(0, false) as never} />);
    expect(container.textContent).toBe("→unchanged0.0 pts");
    expect(container.firstElementChild?.getAttribute("title")).toBeNull();
  });

  it.each([
    ["too_few", "too few to tell", "Not compared: there are too few to tell a change from chance."],
    ["partly_before", "no full period before", "Not compared: the first conversation falls inside one of the periods."],
    ["nothing_before", "no data before", "There is nothing to compare with: one of the periods has no conversations yet."],
    ["no_value", "nothing to compare", "There is nothing to compare with: one of the two figures is not known."],
  ])("has no change that could be read as a finding where it is not said: %s", (unsaid, words, why) => {
    for (const judged of [null, false, true]) {
      const { container, unmount } = draw(<ChangeMark metric="conversations" change={{ ...change(1.06, judged), unsaid } as never} />);
      expect(container.textContent).toBe(words);
      expect(container.firstElementChild?.getAttribute("title")).toBe(why);
      unmount();
    }
  });

  it.each([
    ["too_few_days", "up+10.0 ptstoo few days to tell", "Too few full days to tell this from chance."],
    ["too_many_rows", "up+10.0 ptsnot checked", "Too many rows at once to check each against chance."],
  ])("says its change without an arrow, and that it is not judged: %s", (unsaid, words, why) => {
    const { container } = draw(<ChangeMark metric="csat" change={{ ...change(0.1, null), unsaid } as never} />);
    expect(container.textContent).toBe(words);
    expect(container.firstElementChild?.getAttribute("title")).toBe(why);
  });

  it("is a dash that is read out as words where nothing can be said", () => {
    const { container } = draw(<BigFigure figure={null} metric="csat" change={undefined} />);
    expect(container.textContent).toBe("–cannot be saidno comparison–");
  });

  it("follows the language of the page", async () => {
    await speak("de");
    const { container } = draw(<BigFigure figure={sealed(12345)} metric="conversations" change={change(0.5, false) as never} />);
    await speak("en");
    expect(container.textContent.replace(/\s/g, " ")).toContain("12.345");
    expect(container.textContent).toContain("evtl. Zufall");
  });
});

describe("a list of bars", () => {
  it("leads from names to a filter and from figures to conversations; the bars are of one scale", () => {
    const rows = [
      { id: "a", name: "Sofas", figure: sealed(8), href: "?f=a", behind: "/c" },
      { id: "b", name: "Beds", figure: sealed(2) },
      { id: "c", name: "Lamps", figure: null },
    ];
    draw(<BarList rows={rows} metric="conversations" heads={["Question", "Times"]} />);
    expect(screen.getByText("Sofas").getAttribute("href")).toBe("?f=a");
    expect(screen.getByText("8").closest("a")?.getAttribute("href")).toBe("/c");
    const bars = screen.getAllByRole("rowheader").map((each) => (each.firstElementChild as HTMLElement).style.getPropertyValue("--share"));
    expect(bars).toEqual(["1", "0.25", "0"]);
  });
});

describe("a table", () => {
  it("asks to be sorted, downwards first, and says how it is", () => {
    const onSort = vi.fn();
    const columns = [
      { id: "name", head: "Name", cell: (row: string) => row },
      { id: "size", head: "Size", sortable: true, number: true, cell: (row: string) => row.length },
    ] as const;
    draw(<Table caption="Words" columns={[...columns]} rows={["a", "bb"]} id={(row) => row} sorting={{ by: "size", descending: true }} onSort={onSort} />);
    const table = within(screen.getByRole("table", { name: "Words" }));
    expect(table.getAllByRole("row")).toHaveLength(3);
    expect(table.getByRole("columnheader", { name: /Size/ }).getAttribute("aria-sort")).toBe("descending");
    fireEvent.click(table.getByRole("button", { name: /Size/ }));
    expect(onSort).toHaveBeenCalledWith({ by: "size", descending: false });
  });
});

it("a table of hundreds of rows draws only what is near what is seen, and says how many there are", () => {
  const rows = Array.from({ length: 1_000 }, (_, at) => `row ${String(at)}`);
  draw(<Table caption="Many" columns={[{ id: "name", head: "Name", cell: (row) => row }]} rows={rows} id={(row) => row} />);
  const table = screen.getByRole("table", { name: "Many" });
  expect(table.getAttribute("aria-rowcount")).toBe("1001");
  const drawn = screen.getAllByRole("rowheader").map((each) => each.textContent);
  expect(drawn[0]).toBe("row 0");
  expect(drawn.length).toBeLessThan(60);
  const scroller = screen.getByLabelText("Many");
  Object.defineProperty(scroller, "clientHeight", { configurable: true, value: 600 });
  scroller.scrollTop = 33 * 500;
  fireEvent.scroll(scroller);
  expect(screen.getByText("row 505")).toBeTruthy();
  expect(screen.queryByText("row 0")).toBeNull();
});

it("an answer as a table has its keys in words, and each figure leads to its conversations", () => {
  const answer = { rows: [{ question: "rent sofas", questions: sealed(3) }], meta: { labels: { question: { "rent sofas": "Rent sofas?" } } } } as unknown as Answer;
  draw(<AnswerTable caption="Questions" answer={answer} dimensions={["question"]} metrics={["questions"]} behind={(metric, cell) => `/${metric}/${String(cell.question)}`} />);
  expect(screen.getByRole("rowheader").textContent).toBe("Rent sofas?");
  expect(screen.getByRole("link", { name: "3" }).getAttribute("href")).toBe("/questions/rent sofas");
});

it("what a figure means says what it leaves out of those that are its own, and how it was before", () => {
  const answer = {
    rows: [{ csat: sealed(0.75) }],
    compare: { window: { from: "2026-02-01T00:00:00Z", to: "2026-03-01T00:00:00Z" }, rows: [{ csat: sealed(0.5) }], change: { csat: [{ absolute: sealed(0.25), relative: sealed(0.5), distinguishable: false }] } },
    meta: { timezone: "UTC", excluded: { test_conversations: 2, too_recent_for_resolution: 9 }, freshness: null, n: { csat: [{ numerator: sealed(3), denominator: sealed(4), interval: [sealed(0.3), sealed(0.95)] }] } },
  } as unknown as Answer;
  const { container } = draw(<Meaning metrics={["csat"]} answer={answer} />);
  const text = container.textContent.replace(/[\u2009\u202f]/g, " ");
  expect(text).toContain("3 of 4. With 95% certainty between 30.0% and 95.0%.");
  expect(text).toContain("Before (Feb 1 – 28, 2026): 50.0%. Chance alone makes such a difference.");
  expect(text).toContain("2 test conversations");
  expect(text).not.toContain("resolution");
});
