import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type AnswerOf, type Connection, type PathOf } from "@/api/client";

type Lists = "/v1/company" | "/v1/chatbots" | "/v1/keys" | "/v1/members" | "/v1/embed-links" | "/v1/jobs" | "/v1/rejections";

/** What the settings show of an address. */
export function useKept<P extends Lists & PathOf<"get">>(path: P, { enabled = true, everyMs }: { enabled?: boolean; everyMs?: number | false } = {}): UseQueryResult<AnswerOf<P, "get">> {
  const connection = useConnection();
  return useQuery<AnswerOf<P, "get">>({
    queryKey: ["settings", connection.company, path],
    queryFn: ({ signal }) => ask<"get", P>(connection, "get", path, { signal }),
    enabled,
    refetchInterval: everyMs ?? false,
  });
}

/** Change something; then everything that the settings show, and what the frame knows, is asked for anew. */
export function useChange<Given = void, T = unknown>(change: (connection: Connection, given: Given) => Promise<T>, onDone?: (answer: T) => void): UseMutationResult<T, unknown, Given> {
  const connection = useConnection();
  const queries = useQueryClient();
  return useMutation<T, unknown, Given>({
    mutationFn: (given) => change(connection, given),
    onSuccess: async (answer) => {
      onDone?.(answer);
      await queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind === "settings" || kind === "me" || kind === "chatbots" });
    },
  });
}
