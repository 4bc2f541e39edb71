import { useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type JSX, type ReactNode } from "react";

import { useConnection } from "@/api/Api";
import type { Connection } from "@/api/client";
import { reloadIfNewVersion } from "./version";
import { leadToLogin } from "@/session/leaving";
import { isAffected } from "./affected";
import { Lane } from "./lane";
import { hearTogether, type LiveState } from "./leader";
import { Pace } from "./pace";
import { isParted, partLanes } from "./parted";
import { withReach } from "./reach";

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
  const heard = withReach(queries, onState, signal);
  const isAnswer = (key: readonly unknown[]): boolean => key[0] === "answers";
  const whole = new Lane(
    pace,
    () => queries.isFetching({ predicate: (query) => isAffected(query.queryKey, null) }) > 0,
    (since) => {
      const isMeant = (query: Query): boolean => isAffected(query.queryKey, since) && (since === null || !isParted(query) || !query.isActive());
      void queries.invalidateQueries({ predicate: isMeant }, { cancelRefetch: false });
    },
  );
  const lanes = [whole, ...partLanes(connection, queries, signal)];
  const all = (): void => { whole.hear(null); };
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
    for (const lane of lanes) lane.stop();
    window.removeEventListener("online", all);
  });
  hearTogether(
    connection,
    {
      onChange: (change) => {
        for (const lane of change.chatbots === null ? [whole] : lanes) lane.hear(change.chatbots);
      },
      onState: heard,
      onEnd: (error) => {
        heard("offline");
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
