import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, type JSX, type ReactNode } from "react";

import type { Connection } from "./client";
import { ApiError } from "./error";

const Context = createContext<Connection | null>(null);
const RETRIES = 2;
const MOST_SECONDS = 30;

/** The one store of what the server said. */
export function serverState(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: "always", // localhost answers without a network; the error says when nobody does
        refetchOnWindowFocus: true,
        retry: (failures, error) => failures < RETRIES && mayPass(error),
        retryDelay: (attempt, error) => 1_000 * Math.min(MOST_SECONDS, waitSeconds(error) ?? 2 ** attempt),
      },
    },
  });
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status === 503);
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
