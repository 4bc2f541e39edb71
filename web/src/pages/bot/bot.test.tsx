import { fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor } from "../../../tools/company";
import { draw } from "../../../tools/drawing";
import type { Answer, Question } from "@/api/questions";
import { sealed } from "@/format/magnitude";
import { Filters } from "@/frame/Filters";
import { Keyboard } from "@/frame/keys/Keyboard";
import { PeriodMenu } from "@/frame/PeriodMenu";
import { DEFAULT_VIEW } from "@/url/view";
import { Cards } from "./Cards";
import { ListWidget } from "./ListWidget";
import { MainChart } from "./MainChart";
import { questionsOf, unlimited } from "./questions";
import { UnitChoice } from "./UnitChoice";

const WAIT = { timeout: 15_000 }; // popups come late on a busy machine
const META = { timezone: "UTC", window: { from: "2026-03-01T00:00:00Z", to: "2026-03-31T00:00:00Z" }, excluded: {}, definition_version: 3, freshness: null } as const;
const answer = (rows: Answer["rows"], more: object = {}): Answer => ({ rows, meta: { ...META, rows_total: rows.length, ...more } });

beforeEach(() => {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL("http://localhost/c/acme/b/shop");
});
afterEach(() => vi.unstubAllGlobals());

describe("the cards", () => {
  const n = { csat: [{ numerator: sealed(3), denominator: sealed(4), interval: [sealed(0.3), sealed(0.95)] }] };
  const cards = answer([{ conversations: sealed(9), csat: sealed(0.75) }], { n });
  const question: Question = { metrics: ["conversations", "csat"], chatbots: ["shop"] };
  const drawn = (onTable = vi.fn()) =>
    drawFor(ANN, <Cards metrics={["conversations", "csat"]} state={{ kind: "data", data: cards }} picked="conversations" onPick={vi.fn()} behind={(of) => `/behind/${of}`} question={question} onTable={onTable} />, { "GET /v1/query": "csat\n0.75\n" });

  it("say beside each figure what it means, on how many it stands and how sure it is", async () => {
    drawn();
    fireEvent.click(await screen.findByRole("button", { name: "About: CSAT" }));
    const panel = await screen.findByRole("dialog", {}, WAIT);
    expect(panel.textContent).toContain("Ratings of 4 and 5, of all ratings.");
    expect(panel.textContent).toContain("3 of 4. With 95% certainty between 30.0% and 95.0%.");
    expect(within(panel).getByRole("link", { name: /Open the conversations/ }).getAttribute("href")).toBe("/behind/csat");
  });

  it("lead from there to the table over time, and to a file of that figure alone", async () => {
    const onTable = vi.fn();
    Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined });
    const { sent } = drawn(onTable);
    fireEvent.click(await screen.findByRole("button", { name: "About: CSAT" }));
    fireEvent.click(await screen.findByRole("button", { name: "Save as CSV" }, WAIT));
    expect(sent.at(-1)?.line).toBe("GET /v1/query?metrics=csat&chatbots=shop&format=csv&bom=true");
    fireEvent.click(screen.getByRole("button", { name: "As a table" }));
    expect(onTable).toHaveBeenCalledWith("csat");
  });
});

describe("the main chart", () => {
  it("keeps what it showed when the server is gone", async () => {
    const known = answer([{ day: "2026-03-01", conversations: sealed(12) }]);
    const offline = { kind: "offline", data: known, retry: vi.fn() } as const;
    drawFor(ANN, <MainChart metric="conversations" question={{ metrics: ["conversations"] }} state={offline} chatbot="shop" table={{ shown: true, toggle: vi.fn() }} behind={() => undefined} />);
    expect(await screen.findByRole("cell", { name: "12" })).toBeTruthy();
  });
});

describe("a list", () => {
  const rows = [{ question: "rent sofas", unanswered_answers: sealed(3), questions: sealed(4) }, { question: "thank you", unanswered_answers: sealed(0), questions: sealed(9) }];
  const listed = answer(rows, { labels: { question: { "rent sofas": "Rent sofas?" } } });
  const question = questionsOf(DEFAULT_VIEW, "shop", "day").unanswered;
  const drawn = (data: Answer) =>
    drawFor(ANN, <ListWidget title="Unanswered" dimension="question" metrics={["unanswered_answers", "questions"]} question={question} state={{ kind: "data", data }} room={9} behind={(of) => `/${of}`} filtered={() => "/filtered"} />);

  it("of what is asked most leaves out greetings and thanks, says so, and has them in the whole of it", async () => {
    const all = [{ question: "thank you", questions: sealed(9) }, { question: "rent sofas", questions: sealed(4) }];
    const without = { which: (row: { question?: unknown }) => row.question === "thank you", note: "Without greetings and thanks" };
    drawFor(ANN, <ListWidget title="Most asked" dimension="question" metrics={["questions"]} question={questionsOf(DEFAULT_VIEW, "shop", "day").top} state={{ kind: "data", data: answer(all) }} room={9} behind={(of) => `/${of}`} filtered={() => "/filtered"} without={without} />);
    expect(await screen.findByText("rent sofas")).toBeTruthy();
    expect(screen.queryByText("thank you")).toBeNull();
    expect(screen.getByText("Without greetings and thanks")).toBeTruthy();
    expect(screen.getByRole("button", { name: "All 2" })).toBeTruthy();
  });

  it("of what was not answered has no question that was", async () => {
    drawn(listed);
    expect((await screen.findAllByRole("rowheader")).map((each) => each.textContent)).toEqual(["Rent sofas?"]);
  });

  it("is turned into its table and back", async () => {
    drawn(listed);
    fireEvent.click(await screen.findByRole("button", { name: "As a table" }));
    expect(screen.getByRole("table", { name: "Unanswered" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "4" }).getAttribute("href")).toBe("/questions"); // in bars only the first figure leads on
    fireEvent.click(screen.getByRole("button", { name: "As a chart" }));
    expect(screen.queryByRole("table", { name: "Unanswered" })).toBeNull();
  });

  it("has all columns in its sheet and file, in the order of the page", () => {
    const { languages } = questionsOf(DEFAULT_VIEW, "shop", "day");
    expect(unlimited(languages, ["csat", "conversations"]).metrics).toEqual(["conversations", "unanswered_rate", "csat"]);
  });
});

it("the unit of time is chosen on the chart, and stands in the address", () => {
  draw(<UnitChoice />);
  const pressed = (): string[] => screen.getAllByRole("button", { pressed: true }).map((each) => each.textContent);
  expect(pressed()).toEqual(["Day"]);
  expect(screen.getByRole("button", { name: "Hour" }).hasAttribute("disabled")).toBe(true); // 720 points
  fireEvent.click(screen.getByRole("button", { name: "Week" }));
  expect(window.location.search).toBe("?by=week");
  expect(pressed()).toEqual(["Week"]);
});

it("a filter by a question says it as people wrote it, also where a link brought it", async () => {
  const filters = [{ field: "unanswered_question", op: "is", values: ["rent sofas"] }] as const;
  const { container, sent } = drawFor(ANN, <Filters filters={filters} chatbot="shop" onChange={vi.fn()} />, { "GET /v1/values": { values: [{ value: "rent sofas today", label: "Rent sofas today?", conversations: 9 }, { value: "rent sofas", label: "Rent sofas?", conversations: 3 }] } });
  await vi.waitFor(() => {
    expect(container.textContent).toContain("“Rent sofas?”");
  });
  expect(sent.at(-1)?.line).toContain("/v1/values?field=question&contains=rent+sofas&period=30d&chatbots=shop");
});

it("C asks for other days, F for a filter", async () => {
  drawFor(
    ANN,
    <>
      <Keyboard open="none" onOpen={vi.fn()} address={{ page: "bot", company: "acme", bot: "shop" }} bots={[]} />
      <PeriodMenu period={{ name: "30d" }} shown={null} onPick={vi.fn()} />
      <Filters filters={[]} chatbot="shop" onChange={vi.fn()} />
    </>,
    { "GET /v1/values": { values: [] } },
  );
  await screen.findByRole("button", { name: "+ Filter" });
  fireEvent.keyDown(document.body, { key: "f" });
  expect(await screen.findByText("Only conversations whose …", {}, WAIT)).toBeTruthy();
  fireEvent.keyDown(document.body, { key: "c" });
  expect(await screen.findByRole("dialog", { name: "Custom dates …" }, WAIT)).toBeTruthy();
});
