import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, type JSX, type ReactNode } from "react";

import type { Connection } from "./client";
import { ApiError } from "./error";

const Context = createContext<Connection | null>(null);
const RETRIES = 2;
const RETRIES_AS_TOLD = 10;
const MOST_SECONDS = 30;

/** The one store of what the server said. */
export function serverState(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: "always", // localhost answers without a network; the error says when nobody does
        refetchOnWindowFocus: true,
        retry: mayRetry,
        retryDelay: (attempt, error) => 1_000 * Math.min(MOST_SECONDS, waitSeconds(error) ?? 2 ** attempt),
      },
    },
  });
}

/** A server that says when to come again is asked again then, and nobody is told. */
export function mayRetry(failures: number, error: unknown): boolean {
  if (!(error instanceof ApiError) || ![0, 429, 503].includes(error.status)) return false;
  return failures < (error.retryAfterSeconds === null ? RETRIES : RETRIES_AS_TOLD);
}

function waitSeconds(error: unknown): number | null {
  return error instanceof ApiError ? error.retryAfterSeconds : null;
}

interface Props {
  readonly connection: Connection;
  readonly state: QueryClient;
  readonly children: ReactNode;
}

/** Whatever is inside asks this server, as this caller. */
export function Api({ connection, state, children }: Props): JSX.Element {
  return (
    <QueryClientProvider client={state}>
      <Context value={connection}>{children}</Context>
    </QueryClientProvider>
  );
}

/** Who asks, and where. */
export function useConnection(): Connection {
  const connection = useContext(Context);
  if (connection === null) throw new Error("This part of the page stands outside of <Api>.");
  return connection;
}
