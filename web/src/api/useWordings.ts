import { useQueries } from "@tanstack/react-query";

import type { Figure } from "@/figures";
import { askedBy } from "@/url/asked";
import { printPeriod } from "@/url/url";
import { useView } from "@/url/useView";
import type { Filter } from "@/url/view";
import { useConnection } from "./Api";
import { ask } from "./client";

/** Fields whose values are questions in their normal form, by which filters find them. */
const OF_QUESTIONS: ReadonlySet<string> = new Set(["question", "first_question", "unanswered_question"]);

/** Questions that filters name, as people wrote them most often, by their normal form; what is not known is missing. */
export function useWordings(filters: readonly Filter[], chatbot: string | null): Readonly<Record<string, string>> {
  const connection = useConnection();
  const { view } = useView();
  const { period } = askedBy(view);
  const when = typeof period === "string" ? { period } : { from: period?.from, to: period?.to };
  const forms = [...new Set(filters.flatMap(({ field, op, values }) => (OF_QUESTIONS.has(field) && op !== "contains" ? values.filter((value) => typeof value === "string" && value !== "") : [])))] as string[];
  return useQueries({
    queries: forms.map((form) => ({
      queryKey: ["values", connection.company, "wording", form, chatbot, printPeriod(view.period)],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<string | null> => {
        // Not in every description of the API yet, so its types are not asked.
        const untyped = ask as unknown as (...of: [typeof connection, "get", string, object]) => Promise<{ values: readonly { value: unknown; label: string | null; conversations: Figure }[] }>;
        const query = { field: "question", contains: form.slice(0, LONGEST), ...when, ...(chatbot === null ? {} : { chatbots: chatbot }) };
        const { values } = await untyped(connection, "get", "/v1/values", { query, signal });
        return values.find((each) => each.value === form)?.label ?? null;
      },
      staleTime: Infinity, // how people write moves no faster than they
      retry: false,
    })),
    combine: (found) => Object.fromEntries(found.flatMap(({ data }, at) => (data == null ? [] : [[forms[at], data]]))) as Record<string, string>,
  });
}

const LONGEST = 100;
