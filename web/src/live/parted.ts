import type { Query, QueryClient } from "@tanstack/react-query";

import { askAll, type Answers, type Questions } from "@/api/batch";
import type { Connection } from "@/api/client";
import { isAffected } from "./affected";
import { Lane } from "./lane";
import { Pace } from "./pace";

/** The rest of a page moves no more often than this, in ms: nobody watches a list of questions for a second. */
const REST_LEAST_MS = 5_000;

/** Whether some answers of a batch are asked anew before the rest, once its numbers change: see `useAnswers`. */
export function isParted(query: Pick<Query, "meta">): boolean {
  return firstOf(query).size > 0;
}

function firstOf(query: Pick<Query, "meta">): ReadonlySet<string> {
  return new Set((query.meta?.first as readonly string[] | undefined) ?? []);
}

/**
 * What asks parted batches anew: what is looked at first, and the rest, which costs several times as much. Each at its
 * own pace, so that cards do not wait for lists. A part is of one state of the data; the whole comes each minute.
 */
export function partLanes(connection: Connection, queries: QueryClient, signal: AbortSignal): readonly Lane[] {
  const merges = new Merges();
  const lane = (pace: Pace, isOfPart: (first: ReadonlySet<string>, name: string) => boolean): Lane => {
    let running = 0;
    const ask = async (query: Query): Promise<void> => {
      const first = firstOf(query);
      running += 1;
      pace.begin(performance.now());
      try {
        await askPart(connection, queries, query, (name) => isOfPart(first, name), merges, signal);
        pace.end(performance.now());
      } catch {
        if (!signal.aborted) void queries.invalidateQueries({ queryKey: query.queryKey, exact: true }); // which says what is wrong
      } finally {
        running -= 1;
      }
    };
    return new Lane(
      pace,
      () => running > 0 || shown(queries, null).some((query) => query.state.fetchStatus === "fetching"),
      (chatbots) => { for (const query of shown(queries, chatbots)) void ask(query); },
    );
  };
  return [
    lane(new Pace(), (first, name) => first.has(name)),
    lane(new Pace(REST_LEAST_MS), (first, name) => !first.has(name)),
  ];
}

/** The parted batches on the page that are about some chatbots. */
function shown(queries: QueryClient, chatbots: ReadonlySet<string> | null): Query[] {
  return queries.getQueryCache().findAll({ type: "active", predicate: (query) => isParted(query) && isAffected(query.queryKey, chatbots) });
}

/** How often parts were put into each batch: what else changed it was the whole. */
class Merges {
  private readonly counted = new WeakMap<Query, number>();

  wholes(query: Query): number {
    return query.state.dataUpdateCount - (this.counted.get(query) ?? 0);
  }

  add(query: Query): void {
    this.counted.set(query, (this.counted.get(query) ?? 0) + 1);
  }
}

async function askPart(
  connection: Connection,
  queries: QueryClient,
  query: Query,
  isOfPart: (name: string) => boolean,
  merges: Merges,
  signal: AbortSignal,
): Promise<void> {
  const questions = query.queryKey[2] as Questions<string>;
  const asked = Object.fromEntries(Object.entries(questions).filter(([name]) => isOfPart(name)));
  const wholes = merges.wholes(query);
  const part = await askAll(connection, asked, signal);
  // The whole that was asked for meanwhile is newer.
  if (query.state.fetchStatus === "fetching" || merges.wholes(query) !== wholes) return;
  queries.setQueryData<Answers<string>>(query.queryKey, (whole) => (whole === undefined ? undefined : { ...whole, ...part }));
  merges.add(query);
}
