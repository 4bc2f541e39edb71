import type { QueryClient } from "@tanstack/react-query";

import { ApiError } from "@/api/error";
import type { LiveState } from "./leader";

/**
 * A stream notices late that nobody is there any more. Whoever asks notices at once, and the browser may know: then the
 * page is offline, whatever was heard of the stream, until somebody is reached again.
 *
 * @returns what is to be called with the state of the stream.
 */
export function withReach(queries: QueryClient, onState: (state: LiveState) => void, signal: AbortSignal): (heard: LiveState) => void {
  let heard: LiveState = "connecting";
  let reached = true;
  const tell = (now: boolean): void => {
    if (now === reached) return;
    reached = now;
    onState(reached ? heard : "offline");
  };
  const stop = queries.getQueryCache().subscribe((event) => {
    if (event.type !== "updated") return;
    if (event.action.type === "success" && event.action.manual !== true) tell(true);
    if ((event.action.type === "failed" || event.action.type === "error") && isUnreached(event.action.error)) tell(false);
  });
  window.addEventListener("offline", () => { tell(false); }, { signal });
  window.addEventListener("online", () => { tell(true); }, { signal });
  signal.addEventListener("abort", stop);
  return (now) => {
    heard = now;
    if (now === "live") reached = true;
    onState(reached ? heard : "offline");
  };
}

function isUnreached(error: unknown): boolean {
  return error instanceof ApiError && error.code === "offline";
}
