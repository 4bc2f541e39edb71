import { ask, type Connection } from "@/api/client";
import type { Credentials } from "@/session/credentials";

/**
 * Log in. From then on the cookie says who asks.
 *
 * @returns the id of the company that one is logged in to.
 * @throws ApiError why not.
 */
export async function enter(connection: Connection, credentials: Credentials): Promise<string> {
  const session = await ask({ ...connection, company: null }, "post", "/v1/session", { body: credentials });
  return session.company.company_id;
}
