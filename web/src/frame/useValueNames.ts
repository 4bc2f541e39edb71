import { useMemo } from "react";

import { useWordings } from "@/api/useWordings";
import { useSession } from "@/session/Session";
import type { Filter } from "@/url/view";
import type { ValueNames } from "./filterText";

/** What people call the values that filters name: chatbots by their names, questions as they were written most often. */
export function useValueNames(filters: readonly Filter[], chatbot: string | null): ValueNames {
  const wordings = useWordings(filters, chatbot);
  const { chatbots } = useSession().me;
  return useMemo(() => {
    const bots = Object.fromEntries(chatbots.map(({ chatbot_id: id, name }) => [id, name ?? id]));
    return { chatbot: bots, question: wordings, first_question: wordings, unanswered_question: wordings };
  }, [chatbots, wordings]);
}
