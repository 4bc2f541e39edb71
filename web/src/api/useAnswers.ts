import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";

import { useConnection } from "./Api";
import { askAll, type Answers, type Questions } from "./batch";

/**
 * The answers to all questions of a page, asked as one batch. When the questions change, the old answers stay until
 * the new ones are there (`isPlaceholderData`), and a request that nobody waits for any more is aborted.
 *
 * @param first what is asked anew before the rest when numbers change, if that is to be: see `live/parted`.
 */
export function useAnswers<Name extends string>(questions: Questions<Name>, first: readonly Name[] = []): UseQueryResult<Answers<Name>> {
  const connection = useConnection();
  return useQuery({
    queryKey: ["answers", connection.company, questions],
    queryFn: ({ signal }) => askAll(connection, questions, signal),
    placeholderData: keepPreviousData,
    meta: { first },
  });
}
