import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Connection } from "@/api/client";
import { isParted, partLanes } from "./parted";

const CONNECTION: Connection = { root: "", company: "acme", bearer: null };
const QUESTIONS = { cards: { metrics: ["conversations"], chatbots: ["shop"] }, lists: { metrics: ["questions"], chatbots: ["shop"] } };
const KEY = ["answers", "acme", QUESTIONS];

/** What is answered: to each request a number of its own, after as long as its questions take. */
function answering(took: Record<string, number>): string[][] {
  const asked: string[][] = [];
  vi.stubGlobal("fetch", (address: string | URL | Request) => {
    const url = new URL(address instanceof Request ? address.url : address, "http://here.test");
    const names = Object.keys(JSON.parse(url.searchParams.get("q") ?? "{}") as object);
    asked.push(names);
    const number = asked.length;
    const answers = Object.fromEntries(names.map((name) => [name, { rows: [{ conversations: number }] }]));
    const body = JSON.stringify({ as_of: "2026-03-01T00:00:00Z", answers, errors: {} });
    const ms = Math.max(...names.map((name) => took[name] ?? 0));
    return new Promise((done) => { setTimeout(() => { done(new Response(body, { headers: { "Content-Type": "application/json" } })); }, ms); });
  });
  return asked;
}

function shownNow(queries: QueryClient): Record<string, number | undefined> {
  const data = queries.getQueryData<Record<string, { rows: { conversations: number }[] }>>(KEY) ?? {};
  return Object.fromEntries(Object.entries(data).map(([name, answer]) => [name, answer.rows[0]?.conversations]));
}

describe("a batch of which a part moves first", () => {
  beforeEach(() => { vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }); });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  function page(): { queries: QueryClient; stop: AbortController; lanes: ReturnType<typeof partLanes> } {
    const queries = new QueryClient();
    queries.setQueryData(KEY, { cards: { rows: [{ conversations: 0 }] }, lists: { rows: [{ conversations: 0 }] } });
    new QueryObserver(queries, { queryKey: KEY, queryFn: () => new Promise(() => undefined), staleTime: Infinity, meta: { first: ["cards"] } }).subscribe(() => undefined);
    const stop = new AbortController();
    return { queries, stop, lanes: partLanes(CONNECTION, queries, stop.signal) };
  }

  it("asks the first alone, and the rest alone, and puts both where the whole is", async () => {
    const asked = answering({ cards: 50, lists: 400 });
    const { queries, lanes } = page();
    for (const lane of lanes) lane.hear(["shop"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual([["cards"], ["lists"]]);
    expect(shownNow(queries)).toEqual({ cards: 1, lists: 0 });
    await vi.advanceTimersByTimeAsync(400);
    expect(shownNow(queries)).toEqual({ cards: 1, lists: 2 });
  });

  it("asks each again at its own pace: a second, or twenty times what it took", async () => {
    const asked = answering({ cards: 100, lists: 400 });
    const { lanes } = page();
    for (let step = 0; step < 100; step += 1) {
      for (const lane of lanes) lane.hear(["shop"]);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked.filter(([name]) => name === "cards")).toHaveLength(5);
    expect(asked.filter(([name]) => name === "lists")).toHaveLength(2);
  });

  it("asks nothing about another chatbot", async () => {
    const asked = answering({});
    const { lanes } = page();
    for (const lane of lanes) lane.hear(["bank"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toEqual([]);
  });

  it("leaves the whole alone that came meanwhile: it is newer than the part", async () => {
    answering({ cards: 500 });
    const { queries, lanes } = page();
    for (const lane of lanes) lane.hear(["shop"]);
    await vi.advanceTimersByTimeAsync(200);
    queries.setQueryData(KEY, { cards: { rows: [{ conversations: 7 }] }, lists: { rows: [{ conversations: 7 }] } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shownNow(queries).cards).toBe(7);
  });

  it("is one that names what comes first", () => {
    expect(isParted({ meta: { first: ["cards"] } })).toBe(true);
    expect(isParted({ meta: { first: [] } })).toBe(false);
    expect(isParted({ meta: undefined })).toBe(false);
  });
});
