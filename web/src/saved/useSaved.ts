import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type Asked, type Connection } from "@/api/client";
import type { SavedView } from "./saved";

/** The shared views and one's own; none until they are known, or where nobody may see them. */
export function useSavedViews(enabled: boolean): readonly SavedView[] {
  const connection = useConnection();
  const asked = useQuery({ queryKey: ["views", connection.company], queryFn: ({ signal }) => ask(connection, "get", "/v1/views", { signal }), enabled });
  return asked.data?.views ?? [];
}

type NewView = NonNullable<Asked<"/v1/views", "post">["body"]>;
type ViewChanges = NonNullable<Asked<"/v1/views/{view_id}", "patch">["body"]>;

/** Save a page. */
export function useSaveView(onDone: () => void): UseMutationResult<unknown, unknown, NewView> {
  return useViewChange((connection, body: NewView) => ask(connection, "post", "/v1/views", { body }), onDone);
}

/** Rename a view, share it, or let it be what is shown now. */
export function useChangeView(onDone: () => void): UseMutationResult<unknown, unknown, ViewChanges & { readonly id: string }> {
  return useViewChange((connection, { id, ...body }: ViewChanges & { readonly id: string }) => ask(connection, "patch", "/v1/views/{view_id}", { path: { view_id: id }, body }), onDone);
}

/** Delete a view. */
export function useDropView(onDone: () => void): UseMutationResult<unknown, unknown, string> {
  return useViewChange((connection, id: string) => ask(connection, "delete", "/v1/views/{view_id}", { path: { view_id: id } }), onDone);
}

function useViewChange<Given>(change: (connection: Connection, given: Given) => Promise<unknown>, onDone: () => void): UseMutationResult<unknown, unknown, Given> {
  const connection = useConnection();
  const queries = useQueryClient();
  return useMutation<unknown, unknown, Given>({
    mutationFn: (given) => change(connection, given),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ queryKey: ["views"] });
    },
  });
}
