import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";

import { ApiError } from "@/api/error";
import { withReach } from "./reach";

it("a page is offline as soon as a request gets to nobody or the browser says so, though its stream says nothing", async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });
  const states: string[] = [];
  const stop = new AbortController();
  const heard = withReach(queries, (state) => states.push(state), stop.signal);
  const ask = (answer: () => unknown): Promise<unknown> => queries.query({ queryKey: ["me"], queryFn: answer, staleTime: 0 }).catch(() => null);
  heard("live");
  await ask(() => { throw new ApiError(500, "internal", "It broke."); });
  expect(states).toEqual(["live"]);
  await ask(() => { throw new ApiError(0, "offline", "No connection."); });
  expect(states).toEqual(["live", "offline"]);
  await ask(() => "here");
  expect(states).toEqual(["live", "offline", "live"]);
  window.dispatchEvent(new Event("offline"));
  window.dispatchEvent(new Event("online"));
  expect(states.slice(3)).toEqual(["offline", "live"]);
  stop.abort();
  window.dispatchEvent(new Event("offline"));
  expect(states).toHaveLength(5);
});
