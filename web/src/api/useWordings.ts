import { useQuery } from "@tanstack/react-query";

import { askedBy } from "@/url/asked";
import { printPeriod } from "@/url/url";
import { useView } from "@/url/useView";
import type { Filter } from "@/url/view";
import { useConnection } from "./Api";
import { ask, type Asked, type Connection } from "./client";
import { chatbotsInAddress } from "./inAddress";

/** Fields whose values are questions in their normal form, by which filters find them. */
const OF_QUESTIONS: ReadonlySet<string> = new Set(["question", "first_question", "unanswered_question"]);
const LONGEST = 100;
const NONE: Readonly<Record<string, string>> = {};

/** Questions that filters name, as people wrote them most often, by their normal form; what is not known is missing. */
export function useWordings(filters: readonly Filter[], chatbot: string | null): Readonly<Record<string, string>> {
  const connection = useConnection();
  const { view } = useView();
  const { period } = askedBy(view);
  const when = { ...(typeof period === "string" ? { period } : { from: period?.from ?? null, to: period?.to ?? null }), ...(chatbot === null ? {} : { chatbots: chatbotsInAddress([chatbot]) }) };
  const forms = filters.flatMap(({ field, op, values }) => (OF_QUESTIONS.has(field) && op !== "contains" ? values.filter((value) => typeof value === "string" && value !== "") : []));
  const asked = useQuery({
    queryKey: ["wordings", connection.company, forms, chatbot, printPeriod(view.period)],
    queryFn: async ({ signal }) => {
      const found = await Promise.all(forms.map((form) => wordingOf(connection, String(form), when, signal)));
      return Object.fromEntries(found.flatMap((wording, at) => (wording === null ? [] : [[forms[at], wording]]))) as Record<string, string>;
    },
    enabled: forms.length > 0,
    staleTime: Infinity, // how people write moves no faster than they
    retry: false,
  });
  return asked.data ?? NONE;
}

/** In which days, of which chatbot. */
type When = Omit<NonNullable<Asked<"/v1/values", "get">["query"]>, "field" | "contains">;

async function wordingOf(connection: Connection, form: string, when: When, signal: AbortSignal): Promise<string | null> {
  const { values } = await ask(connection, "get", "/v1/values", { query: { field: "question", contains: form.slice(0, LONGEST), ...when }, signal });
  return values.find((each) => each.value === form)?.label ?? null;
}
