import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type AnswerOf } from "@/api/client";
import type { AskedList } from "./listed";

type Page = AnswerOf<"/v1/conversations", "get">;
export type Conversation = Page["conversations"][number];

const FIRST = 50;
const FURTHER = 200;

/** The pages of a list that are here so far, in order. */
export interface ConversationPages {
  readonly rows: readonly Conversation[];
  /** How many there are in all; null is not known yet. */
  readonly total: number | null;
  readonly zone: string;
  /** Back to when a search looked; null: through all of the period. */
  readonly searchedFrom: string | null;
  readonly error: Error | null;
  /** The rows are those of another question, until those of this one are here. */
  readonly old: boolean;
  readonly fetching: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

/** A list, page by page; all of them are of the moment of the first. */
export function useList(asked: AskedList): ConversationPages {
  const connection = useConnection();
  const query = useInfiniteQuery({
    queryKey: ["conversations", connection.company, asked],
    queryFn: ({ signal, pageParam }) =>
      ask(connection, "get", "/v1/conversations", { query: { ...asked, limit: pageParam === null ? FIRST : FURTHER, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false, // nothing moves under who reads
    staleTime: 60_000,
  });
  const pages = query.data?.pages ?? [];
  return {
    rows: pages.flatMap((page) => page.conversations),
    total: pages[0]?.total ?? null,
    zone: pages[0]?.meta.timezone ?? "UTC",
    searchedFrom: pages[0]?.meta.searched_from ?? null,
    error: query.error,
    old: query.isPlaceholderData,
    fetching: query.isFetching,
    more: () => {
      if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
    },
    again: () => void query.refetch(),
  };
}

export interface Neighbour {
  readonly chatbot_id: string;
  readonly conversation_id: string;
}

/** Where a conversation stands in a list, and those beside it. */
export interface Position {
  readonly number: number;
  readonly previous: Neighbour | null;
  readonly next: Neighbour | null;
}

/** Where a conversation stands in a list; null while that is not known, or if it is not in it. */
export function usePosition(asked: AskedList, list: ConversationPages, bot: string, id: string | null): Position | null {
  const connection = useConnection();
  const at = list.rows.findIndex((row) => row.conversation_id === id && row.chatbot_id === bot);
  const last = at === list.rows.length - 1 && at + 1 !== list.total;
  const unknown = id !== null && list.total !== null && !list.old && (at < 0 || last);
  const near = useQuery({
    queryKey: ["conversations", connection.company, asked, "near", bot, id],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/conversations", { query: { ...asked, limit: 1, near: id, chatbot: bot }, signal }),
    enabled: unknown,
    retry: false, // what is not in the list is 404
  });
  if (id === null) return null;
  if (at >= 0 && !last) return { number: at + 1, previous: list.rows[at - 1] ?? null, next: list.rows[at + 1] ?? null };
  return near.data?.position ?? null;
}
