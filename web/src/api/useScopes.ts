import { useQuery } from "@tanstack/react-query";

import { useConnection } from "./Api";
import { ask } from "./client";

interface Me {
  readonly scopes?: readonly string[];
}

/** What who looks may do: `read`, `ingest`, `admin`. None until it is known; the API decides in the end. */
export function useScopes(): readonly string[] {
  const connection = useConnection();
  // Not in every description of the API yet, so its types are not asked.
  const untyped = ask as unknown as (...of: [typeof connection, "get", string, object]) => Promise<Me>;
  const query = useQuery({ queryKey: ["me", connection.company], queryFn: ({ signal }) => untyped(connection, "get", "/v1/me", { signal }) });
  return query.data?.scopes ?? [];
}
