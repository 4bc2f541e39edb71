import { useQuery } from "@tanstack/react-query";

import { useConnection } from "./Api";
import { ask, type AnswerOf } from "./client";

export type Chatbot = AnswerOf<"/v1/chatbots", "get">["chatbots"][number];

/** The chatbots of the company; none until they are known. */
export function useChatbots(): readonly Chatbot[] {
  const connection = useConnection();
  const query = useQuery({
    queryKey: ["chatbots", connection.company],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/chatbots", { signal }),
  });
  return query.data?.chatbots ?? [];
}
