import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, askFile, type AnswerOf, type Asked, type Connection } from "@/api/client";
import type { View } from "@/url/view";

type GapPage = AnswerOf<"/v1/gaps", "get">;
type GapAnswer = AnswerOf<"/v1/gaps/{gap_id}", "get">;
/** A gap of the list: questions of one meaning that were not answered. */
export type Gap = GapPage["gaps"][number];
/** A gap with its questions, its days and its history. */
export type GapDetail = GapAnswer["gap"];
/** What an answer says of itself: the model, what waits, what is hidden. */
export type GapsMeta = GapPage["meta"];
export type Proof = NonNullable<Gap["proof"]>;
export type Signal = keyof Gap["signals"];

export const STATES = ["open", "fixed", "verified", "reopened", "dismissed"] as const;
/** What the address says of all states but dismissed; it says nothing of those that await an answer. */
export const ALL = "all";
/** How the API is asked for the gaps that await an answer. */
export const AWAITING = "open,reopened";
export const ORDERS = ["impact", "sessions", "questions", "rising", "newest"] as const;
/** From the surest sign of a missing answer to the weakest. */
export const SIGNALS = ["low_score", "fallback", "negative_vote", "rephrased", "handoff"] as const satisfies readonly Signal[];
export const WEAKER: ReadonlySet<Signal> = new Set(["negative_vote", "rephrased", "handoff"]);

const SHOWN = 50;

/** Which gaps, as the address says it. */
export interface Sought {
  readonly state?: string | undefined;
  readonly order?: string | undefined;
  readonly signal?: string | undefined;
  readonly language?: string | undefined;
  readonly q?: string | undefined;
}

export type AskedGaps = NonNullable<Asked<"/v1/gaps", "get">["query"]>;

/** How the API is asked for gaps: those that await an answer, if nothing else is said. What an address says that does not exist is left out. */
export function askedGaps(bot: string, view: View, { state, order, signal, language, q = "" }: Sought): AskedGaps {
  const one = (name: "state" | "order" | "signal", all: readonly string[], given: string | undefined): Record<string, string> =>
    given !== undefined && all.includes(given) ? { [name]: given } : {};
  return {
    chatbot_id: bot,
    ...periodOf(view),
    ...(state === ALL ? {} : { state: AWAITING, ...one("state", STATES, state) }),
    ...one("order", ORDERS, order),
    ...one("signal", SIGNALS, signal),
    ...(language === undefined || language === "" ? {} : { language }),
    ...(q.trim() === "" ? {} : { q: q.trim() }),
  };
}

export function periodOf({ period }: View): { period: string } | { from: string; to: string } {
  return "name" in period ? { period: period.name } : { from: period.first, to: period.last };
}

/** Some gaps, and what is said of all of them. */
export interface GapPages {
  readonly gaps: readonly Gap[];
  readonly meta: GapsMeta | null;
  readonly error: Error | null;
  readonly old: boolean;
  readonly hasMore: boolean;
  readonly fetching: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

/** The gaps that were asked for, page by page. */
export function useGaps(asked: AskedGaps): GapPages {
  const connection = useConnection();
  const query = useInfiniteQuery({
    queryKey: ["gaps", connection.company, asked],
    queryFn: ({ signal, pageParam }) => ask(connection, "get", "/v1/gaps", { query: { ...asked, limit: SHOWN, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before, of) => ((of?.queryKey[2] as AskedGaps | undefined)?.chatbot_id === asked.chatbot_id ? before : undefined),
  });
  const pages = query.data?.pages ?? [];
  return {
    gaps: pages.flatMap((page) => page.gaps),
    meta: pages[0]?.meta ?? null,
    error: query.error,
    old: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    fetching: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
  };
}

/** One gap in full. */
export function useGap(id: string, view: View): UseQueryResult<GapAnswer> {
  const connection = useConnection();
  return useQuery({
    queryKey: ["gap", connection.company, id, view.period],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/gaps/{gap_id}", { path: { gap_id: id }, query: periodOf(view), signal }),
  });
}

/** What a change makes of a gap, whatever period it is shown of. */
function changed(known: GapAnswer | undefined, { state, version, title, titles, history, proof, merged_from, split_into }: GapDetail): GapAnswer | undefined {
  return known === undefined ? undefined : { ...known, gap: { ...known.gap, state, version, title, titles, history, proof, merged_from, split_into } };
}

/** Change a gap, which is shown at once; then whatever shows gaps is asked for anew, also when somebody else was faster. */
export function useGapChange<Given, T extends { readonly gap: GapDetail }>(change: (connection: Connection, given: Given) => Promise<T>, onDone: (answer: T) => void): UseMutationResult<T, unknown, Given> {
  const connection = useConnection();
  const queries = useQueryClient();
  const anew = (): Promise<void> => queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind === "gaps" || kind === "gap" });
  return useMutation<T, unknown, Given>({
    mutationFn: (given) => change(connection, given),
    onSuccess: (answer) => {
      queries.setQueriesData<GapAnswer>({ queryKey: ["gap", connection.company, answer.gap.id] }, (known) => changed(known, answer.gap));
      onDone(answer);
      void anew();
    },
    onError: () => void anew(),
  });
}

export type GapEdit = NonNullable<Asked<"/v1/gaps/{gap_id}", "patch">["body"]>;

/** Say something of a gap, if it still is as it was seen. */
export function useGapEdit(gap: Gap, onDone: () => void): UseMutationResult<unknown, unknown, GapEdit> {
  return useGapChange(async (connection, edit: GapEdit) => ({ gap: await ask(connection, "patch", "/v1/gaps/{gap_id}", { path: { gap_id: gap.id }, body: { ...edit, if_version: gap.version } }) }), onDone);
}

/** The gap that a question is in, by its wording: for addresses that name a question. Null: it is in none. */
export function useGapOfQuestion(bot: string, view: View, question: string | undefined, isSame: (text: string) => boolean): UseQueryResult<string | null> {
  const connection = useConnection();
  return useQuery({
    queryKey: ["gap-of", connection.company, bot, view.period, question],
    queryFn: async ({ signal }) => {
      const { file } = await askFile(connection, "/v1/gaps/questions", { query: { chatbot_id: bot, ...periodOf(view) }, signal });
      return gapOf(await file.text(), isSame);
    },
    enabled: question !== undefined,
  });
}

/** The gap of a question, of lines `{"question": ..., "gap_id": ...}`. */
export function gapOf(lines: string, isSame: (text: string) => boolean): string | null {
  for (const line of lines.split("\n")) {
    if (line.trim() === "") continue;
    const { question, gap_id: id } = JSON.parse(line) as { question: string; gap_id: string | null };
    if (id !== null && isSame(question)) return id;
  }
  return null;
}
