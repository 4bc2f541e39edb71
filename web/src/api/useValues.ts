import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";

import type { FieldName, Figure } from "@/figures";
import { askedBy } from "@/url/asked";
import { printPeriod } from "@/url/url";
import { useView } from "@/url/useView";
import { useConnection } from "./Api";
import { ask } from "./client";
import { chatbotsInAddress } from "./inAddress";
import type { FilterValue } from "./questions";

export interface KnownValue {
  readonly value: FilterValue;
  readonly label: string | null;
  readonly conversations: Figure;
}

/** The values of a field in the period of the page, the most frequent first; those that have a text in them. */
export function useValues(field: FieldName, contains: string, chatbot: string | null): UseQueryResult<readonly KnownValue[]> {
  const connection = useConnection();
  const { view } = useView();
  const { period } = askedBy(view);
  const when = typeof period === "string" ? { period } : { from: period?.from ?? null, to: period?.to ?? null };
  return useQuery({
    queryKey: ["values", connection.company, field, contains, chatbot, printPeriod(view.period)],
    queryFn: async ({ signal }) => {
      const query = { field, ...when, limit: 50, ...(contains === "" ? {} : { contains }), ...(chatbot === null ? {} : { chatbots: chatbotsInAddress([chatbot]) }) };
      // Their figures are sealed like those of every answer.
      return (await ask(connection, "get", "/v1/values", { query, signal })).values as unknown as readonly KnownValue[];
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
}
