import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type AnswerOf, type Connection } from "@/api/client";

/** Who asks, what that allows, the company, its plan and chatbots; see `GET /v1/me`. */
export type Me = AnswerOf<"/v1/me", "get">;
/** The features that plans may include; `analytics` is all figures. */
export type Feature = "analytics" | "query" | "compare" | "conversations" | "export" | "gaps" | "markers" | "views" | "embed";

/** Ask who asks, of a company: for what is not a part of the page, as the login. */
export function askMe(connection: Connection, signal?: AbortSignal): Promise<Me> {
  return ask(connection, "get", "/v1/me", signal === undefined ? {} : { signal });
}

/** The answer of `GET /v1/me` for the company of the address. */
export function useMe(): UseQueryResult<Me> {
  const connection = useConnection();
  return useQuery({ queryKey: ["me", connection.company], queryFn: ({ signal }) => askMe(connection, signal), staleTime: 60_000 });
}

/** Whether the caller may change things: the API refuses it all the same to whoever may not. */
export function isAdmin(me: Pick<Me, "scopes">): boolean {
  return me.scopes.includes("admin");
}

/** Whether the plan of the company includes a feature. */
export function includes(me: Pick<Me, "plan">, feature: Feature): boolean {
  return me.plan.analytics && (feature === "analytics" || me.plan.features.includes(feature));
}
