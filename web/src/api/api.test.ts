// @vitest-environment node
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import { askAll } from "./batch";
import { ask, type Connection } from "./client";
import { ApiError } from "./error";
import type { Question } from "./questions";

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}
type Answering = (seen: Seen) => { status?: number; headers?: Record<string, string>; body?: unknown };

let server: Server | undefined;

/** A server that answers so, and what it was asked. */
async function serving(answering: Answering): Promise<{ connection: Connection; seen: Seen[] }> {
  const seen: Seen[] = [];
  const started = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString();
      const one = { line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
      seen.push(one);
      const { status = 200, headers = {}, body } = answering(one);
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  server = started;
  await new Promise<void>((done) => started.listen(0, "127.0.0.1", done));
  const { port } = started.address() as AddressInfo;
  return { connection: { root: `http://127.0.0.1:${String(port)}`, company: "acme", bearer: null }, seen };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const problem = (code: string, more: object = {}): object => ({ detail: "A sentence.", error: { code, message: "A sentence.", ...more } });
const QUESTION: Question = { metrics: ["conversations"] };
const never = new AbortController().signal;

describe("the client", () => {
  it("escapes ids, sends queries and bodies, says which company and who", async () => {
    const { connection, seen } = await serving(() => ({ body: { chatbots: [] } }));
    await ask({ ...connection, bearer: "secret" }, "get", "/v1/conversations/{conversation_id}", {
      path: { conversation_id: "a/b ?" },
      query: { chatbot: "x&y" },
    });
    await ask(connection, "post", "/v1/query", { body: { metrics: ["csat"] } });
    expect(seen.map((each) => each.line)).toEqual(["GET /v1/conversations/a%2Fb%20%3F?chatbot=x%26y", "POST /v1/query"]);
    expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer secret", "x-botlens-company": "acme" });
    expect(seen[1]?.headers).toMatchObject({ "content-type": "application/json" });
    expect(seen[1]?.headers.authorization).toBeUndefined();
    expect(seen[1]?.body).toEqual({ metrics: ["csat"] });
  });

  it("makes errors of what the API says of them, with what they carry", async () => {
    const facts = { field: "period", feature: "gaps", needs_plan: "pro", oldest_allowed: "2026-01-01" };
    const { connection } = await serving(() => ({ status: 402, headers: { "Retry-After": "7" }, body: problem("plan_required", facts) }));
    const error = await ask(connection, "get", "/v1/chatbots").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 402,
      code: "plan_required",
      message: "A sentence.",
      field: "period",
      facts: { feature: "gaps", needs_plan: "pro", oldest_allowed: "2026-01-01" },
      retryAfterSeconds: 7,
    });
  });

  it("makes errors of answers that are none, and of servers that are not there", async () => {
    const { connection } = await serving(() => ({ status: 502, body: "a page of a proxy" }));
    await expect(ask(connection, "get", "/v1/chatbots")).rejects.toMatchObject({ status: 502, code: "unreadable" });
    await expect(ask({ ...connection, root: "http://127.0.0.1:1" }, "get", "/v1/chatbots")).rejects.toMatchObject({ status: 0, code: "offline" });
  });

  it("lets an abort be an abort", async () => {
    const { connection } = await serving(() => ({ body: {} }));
    const stop = new AbortController();
    stop.abort();
    await expect(ask(connection, "get", "/v1/chatbots", { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("the batch", () => {
  it("asks all at once; the error of one is no error of the others", async () => {
    const answers = { good: { rows: [{ conversations: 3 }], meta: {} } };
    const { connection, seen } = await serving(() => ({ body: { as_of: "", answers, errors: { bad: problem("plan_required"), odd: problem("invalid_filter") } } }));
    const found = await askAll(connection, { good: QUESTION, bad: QUESTION, odd: QUESTION }, never);
    const url = new URL((seen[0]?.line ?? "").replace("GET ", ""), "http://x");
    expect([seen.length, url.pathname]).toEqual([1, "/v1/queries"]);
    expect(JSON.parse(url.searchParams.get("q") ?? "")).toEqual({ good: QUESTION, bad: QUESTION, odd: QUESTION });
    expect(found.good).toEqual(answers.good);
    expect(found.bad).toMatchObject({ status: 402, code: "plan_required" });
    expect(found.odd).toMatchObject({ status: 422, code: "invalid_filter" });
  });

  it("sends as a body what is too long for an address", async () => {
    const { connection, seen } = await serving(() => ({ body: { answers: { long: { rows: [], meta: {} } }, errors: {} } }));
    const long: Question = { ...QUESTION, chatbots: ["x".repeat(8_000)] };
    await askAll(connection, { long }, never);
    expect(seen.map(({ line, body }) => [line, body])).toEqual([["POST /v1/queries", { long }]]);
  });

  it("asks nothing where nothing is asked, and refuses too much", async () => {
    const { connection, seen } = await serving(() => ({}));
    expect(await askAll(connection, {}, never)).toEqual({});
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [String(at), QUESTION]));
    await expect(askAll(connection, many, never)).rejects.toMatchObject({ code: "too_many_questions" });
    expect(seen).toEqual([]);
  });

  it("fails as a whole where nobody is logged in", async () => {
    const { connection } = await serving(() => ({ status: 401, body: problem("missing_credentials") }));
    await expect(askAll(connection, { one: QUESTION }, never)).rejects.toMatchObject({ status: 401 });
  });

  it("fails as a whole where the address is not known, and asks together again the next time", async () => {
    const { connection, seen } = await serving(() => ({ status: 404, body: problem("unknown_company") }));
    await expect(askAll(connection, { one: QUESTION }, never)).rejects.toMatchObject({ status: 404, code: "unknown_company" });
    await askAll(connection, { one: QUESTION }, never).catch(() => undefined);
    expect(seen.map((each) => each.line.split("?", 1)[0])).toEqual(["GET /v1/queries", "GET /v1/queries"]);
  });
});
