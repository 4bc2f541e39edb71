import { useQuery } from "@tanstack/react-query";

import { useConnection } from "@/api/Api";
import { ask, type AnswerOf } from "@/api/client";
import type { Credentials } from "@/session/credentials";
import { failureOf, type Failure } from "./failure";

/** Whom a login link lets in, as what, and to which company. */
export type Peek = AnswerOf<"/v1/session/peek", "post">;

/** Whom a link lets in, before it is used: looking uses nothing up. Null where that is not known, or not of a link. */
export function usePeek(credentials: Credentials | null): { readonly peek: Peek | null; readonly refused: Failure | null } {
  const connection = useConnection();
  const token = credentials !== null && "token" in credentials ? credentials.token : null;
  const asked = useQuery({
    queryKey: ["login", token],
    queryFn: ({ signal }) => ask({ ...connection, company: null }, "post", "/v1/session/peek", { body: { token: token ?? "" }, signal }),
    enabled: token !== null,
    retry: false,
    staleTime: Infinity,
    gcTime: 0, // a secret is in its key
  });
  if (token === null) return { peek: null, refused: null };
  const failure = asked.error === null ? null : failureOf(asked.error);
  return { peek: asked.data ?? null, refused: failure?.final === true ? failure : null };
}
