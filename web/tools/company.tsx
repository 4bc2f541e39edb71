import { QueryClient } from "@tanstack/react-query";
import type { RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

import { Api } from "../src/api/Api";
import type { Me } from "../src/session/me";
import { Signed } from "../src/session/Session";
import { draw } from "./drawing";

/** One request as the server would see it. */
export interface Sent {
  readonly line: string;
  readonly body: unknown;
}

/** What the server says to a query. */
export type Answering = (query: URLSearchParams) => unknown;

/** An owner of the company Acme with two chatbots, one of which nobody has talked to yet. */
export const ANN: Me = {
  who: "user:ann",
  user: "ann",
  role: "owner",
  scopes: ["read", "ingest", "admin"],
  company: { company_id: "acme", name: "Acme", timezone: "Europe/Berlin" },
  companies: [],
  plan: { name: "pro", analytics: true, features: ["query", "compare", "conversations", "export", "gaps", "markers", "views"], history_days: -1, conversations_limit: -1, conversations_used: 3 },
  chatbots: [
    { chatbot_id: "shop", name: "Shop", timezone: "Europe/Berlin", is_published: true, first_event_at: "2026-03-01T08:00:00Z", last_event_at: "2026-03-03T08:00:00Z" },
    { chatbot_id: "bank", name: "Bank", timezone: "Europe/Berlin", is_published: true, first_event_at: null, last_event_at: null },
  ],
};

/** Who may read and change nothing. */
export const VIEWER: Me = { ...ANN, who: "user:bob", user: "bob", role: "viewer", scopes: ["read"] };

/**
 * Draw something of a company as somebody who is logged in sees it.
 *
 * @param answers by method and path, what the server says, or what it makes of the query; what is missing is 404.
 * @returns also what was asked of it.
 */
export function drawFor(me: Me, what: ReactNode, answers: Readonly<Record<string, unknown>> = {}): RenderResult & { sent: Sent[] } {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (address: string, { method = "GET", body }: { method?: string; body?: string } = {}) => {
    const path = address.split("?", 1)[0] ?? "";
    const line = `${method} ${path}`;
    sent.push({ line: `${method} ${address}`, body: body === undefined ? undefined : (JSON.parse(body) as unknown) });
    const said = line === "GET /v1/me" ? me : answers[line];
    const answer: unknown = typeof said === "function" ? (said as Answering)(new URLSearchParams(address.split("?", 2)[1])) : said;
    const missing = { error: { code: "not_found", message: "There is nothing here." } };
    if (method === "DELETE" && answer !== undefined) return Promise.resolve(new Response(null, { status: 204 }));
    return Promise.resolve(Response.json(answer ?? missing, { status: answer === undefined ? 404 : method === "POST" ? 201 : 200 }));
  });
  const state = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = draw(
    <Api connection={{ root: "", company: "acme", bearer: null }} state={state}>
      <Signed>{what}</Signed>
    </Api>,
  );
  return { ...drawn, sent };
}
