import type { QueryClient } from "@tanstack/react-query";

import { ApiError } from "@/api/error";
import { go, ROOT } from "@/url/useView";
import { loginQuery } from "./returning";

const CHANNEL = "botlens:session";

/** Whoever is not logged in, or no longer, is led to the login, and from there back to where it happened. */
export function leadToLogin(): void {
  const { pathname, search } = window.location;
  const here = pathname.startsWith(ROOT) ? pathname.slice(ROOT.length) : pathname;
  if (here === "/login" || here.startsWith("/embed/")) return;
  go(`${ROOT}/login${loginQuery(here + search)}`, "replace");
}

/** Look at all that the server says: a 401 anywhere ends the session of this page. Returns what stops looking. */
export function watchForLogout(state: QueryClient): () => void {
  const look = (error: unknown): void => {
    if (error instanceof ApiError && error.status === 401) leadToLogin();
  };
  const queries = state.getQueryCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") look(event.action.error);
  });
  const mutations = state.getMutationCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") look(event.action.error);
  });
  return () => {
    queries();
    mutations();
  };
}

/** Tell the other tabs of this browser that somebody has logged in, or out. */
export function tellSession(what: "in" | "out"): void {
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(what);
  channel.close();
}

/** Hear what `tellSession` says in other tabs. Returns what stops hearing. */
export function hearSession(heard: (what: "in" | "out") => void): () => void {
  if (typeof BroadcastChannel === "undefined") return () => undefined;
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: MessageEvent<unknown>) => {
    if (event.data === "in" || event.data === "out") heard(event.data);
  };
  return () => {
    channel.close();
  };
}
