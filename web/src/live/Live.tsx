import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type JSX, type ReactNode } from "react";

import { useConnection } from "@/api/Api";
import type { Connection } from "@/api/client";
import { reloadIfNewVersion } from "./version";
import { leadToLogin } from "@/session/leaving";
import { isAffected, joined } from "./affected";
import { hearTogether, type LiveState } from "./leader";
import { Pace } from "./pace";

const MINUTE_MS = 60_000;

const Context = createContext<LiveState>("connecting");

/** Whether the figures of the page move by themselves. */
export function useLiveState(): LiveState {
  return useContext(Context);
}

/** Figures inside move by themselves as long as the page can be seen. */
export function Live({ children }: { readonly children: ReactNode }): JSX.Element {
  const connection = useConnection();
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => whileVisible((signal, again) => { keepLive(connection, queries, setState, signal, again); }), [connection, queries]);
  return <Context value={state}>{children}</Context>;
}

/** Do something while the page can be seen, and again each time that it can. Returns what stops it. */
function whileVisible(run: (signal: AbortSignal, again: boolean) => void): () => void {
  let running: AbortController | null = null;
  let again = false;
  const look = (): void => {
    if (document.visibilityState === "visible") {
      if (running !== null) return;
      running = new AbortController();
      run(running.signal, again);
      again = true;
    } else {
      running?.abort();
      running = null;
    }
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    running?.abort();
  };
}

/** Ask anew what is shown: when its numbers change, each minute (so that "today" is today), and when one comes back. */
function keepLive(connection: Connection, queries: QueryClient, onState: (state: LiveState) => void, signal: AbortSignal, again: boolean): void {
  const pace = new Pace();
  let changed: ReadonlySet<string> | null = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isAnswer = (key: readonly unknown[]): boolean => key[0] === "answers";

  const refetch = (): void => {
    timer = undefined;
    if (queries.isFetching({ predicate: (query) => isAffected(query.queryKey, null) }) > 0) {
      soon(); // what is on its way may be older than the change
      return;
    }
    const since = changed;
    changed = new Set<string>();
    void queries.invalidateQueries({ predicate: (query) => isAffected(query.queryKey, since) }, { cancelRefetch: false });
  };
  const soon = (): void => {
    timer ??= setTimeout(refetch, Math.max(100, pace.wait(performance.now())));
  };
  const all = (): void => {
    changed = null;
    soon();
  };
  const measuring = queries.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || !isAnswer(event.query.queryKey as readonly unknown[])) return;
    if (event.action.type === "fetch") pace.begin(performance.now());
    if (event.action.type === "success") pace.end(performance.now());
  });
  const minutes = setInterval(all, MINUTE_MS);
  window.addEventListener("online", all);
  if (again) all(); // nobody heard what changed meanwhile
  signal.addEventListener("abort", () => {
    measuring();
    clearInterval(minutes);
    clearTimeout(timer);
    window.removeEventListener("online", all);
  });
  hearTogether(
    connection,
    {
      onChange: (change) => {
        changed = joined(changed, change.chatbots);
        if (changed === null || changed.size > 0) soon();
      },
      onState,
      onEnd: (error) => {
        onState("offline");
        if (error.status === 401 && connection.bearer === null) leadToLogin();
        else void queries.invalidateQueries(); // what is asked now says why
      },
      onAgain: () => {
        all();
        void reloadIfNewVersion();
      },
    },
    signal,
  );
}
