import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type Asked, type Connection } from "@/api/client";
import type { Change, Figure, MetricName } from "@/figures";
import type { KeptMarker } from "./placed";

/** The markers of a chatbot and of the whole company; of all, without a chatbot. None until they are known. */
export function useMarkers(chatbot: string | null, enabled: boolean): readonly KeptMarker[] {
  const connection = useConnection();
  const asked = useQuery({
    queryKey: ["markers", connection.company, chatbot],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/markers", { query: chatbot === null ? {} : { chatbot }, signal }),
    enabled,
  });
  return asked.data?.markers ?? [];
}

/** One side of a marker: local days, both included, and the metric in them. */
export interface EffectSide {
  readonly days: { readonly from: string; readonly to: string };
  readonly value: Figure | null;
  readonly n: Figure | null;
  readonly interval: readonly [Figure, Figure] | null;
}

/** What a metric did around a marker; see `MarkerEffect` of the API. */
export interface Effect {
  readonly days: number;
  readonly left_out: string;
  readonly least_n: number;
  readonly before: EffectSide | null;
  readonly after: EffectSide | null;
  readonly change: Omit<Change, "distinguishable"> | null;
  readonly distinguishable: boolean | null;
}

/** A metric before and after a marker, over as many days each. */
export function useEffectOf(marker: string, metric: MetricName): UseQueryResult<Effect> {
  const connection = useConnection();
  return useQuery({
    queryKey: ["effect", connection.company, marker, metric],
    // Its figures are sealed like those of every answer.
    queryFn: async ({ signal }) => (await ask(connection, "get", "/v1/markers/{marker_id}/effect", { path: { marker_id: marker }, query: { metric }, signal })) as unknown as Effect,
  });
}

type NewMarker = NonNullable<Asked<"/v1/markers", "post">["body"]>;

/** Make a marker, or change the one of an id. */
export function useKeepMarker(id: string | null, onDone: () => void): UseMutationResult<unknown, unknown, NewMarker> {
  return useMarkerChange((connection, body: NewMarker) =>
    id === null ? ask(connection, "post", "/v1/markers", { body }) : ask(connection, "patch", "/v1/markers/{marker_id}", { path: { marker_id: id }, body }), onDone);
}

/** Delete a marker, for good. */
export function useDropMarker(id: string, onDone: () => void): UseMutationResult<unknown, unknown, void> {
  return useMarkerChange((connection) => ask(connection, "delete", "/v1/markers/{marker_id}", { path: { marker_id: id } }), onDone);
}

function useMarkerChange<Given>(change: (connection: Connection, given: Given) => Promise<unknown>, onDone: () => void): UseMutationResult<unknown, unknown, Given> {
  const connection = useConnection();
  const queries = useQueryClient();
  return useMutation<unknown, unknown, Given>({
    mutationFn: (given) => change(connection, given),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind === "markers" || kind === "effect" });
    },
  });
}
