import type { paths } from "@/generated/openapi";
import { ApiError } from "./error";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;
type Parameters<O, In extends "path" | "query"> = O extends { parameters: Partial<Record<In, infer Found>> } ? Found : never;

type Sendable = string | number | boolean | null | undefined;

/** The paths that take a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

/** What an operation answers when all is well. */
export type AnswerOf<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer Responses } ? Json<Responses[keyof Responses & (200 | 201 | 202 | 204)]> : never;

/** What an operation takes. */
export interface Asked<P extends keyof paths, M extends Method> {
  readonly path?: Parameters<Operation<P, M>, "path">;
  readonly query?: Parameters<Operation<P, M>, "query">;
  readonly body?: Operation<P, M> extends { requestBody?: { content: { "application/json": infer Body } } } ? Body : never;
  readonly signal?: AbortSignal;
}

/** Where the API is and who asks. Without `bearer` it is the cookie of the session that says who. */
export interface Connection {
  /** Where botlens is mounted: "" or "/somewhere". */
  readonly root: string;
  readonly company: string | null;
  readonly bearer: string | null;
}

/**
 * Ask the API.
 *
 * @throws ApiError whatever went wrong, but an abort.
 */
export async function ask<M extends Method, P extends PathOf<M>>(
  connection: Connection,
  method: M,
  path: P,
  asked: Asked<P, M> = {},
): Promise<AnswerOf<P, M>> {
  const response = await responseTo(connection, method, path, asked);
  if (response.status === 204) return undefined as AnswerOf<P, M>;
  const answer: unknown = await response.json().catch(() => null);
  return answer as AnswerOf<P, M>;
}

/**
 * Ask the API for a file, and what the server calls it; null if it says no name.
 *
 * @throws ApiError whatever went wrong, also on the way.
 */
export async function askFile<P extends PathOf<"get">>(
  connection: Connection,
  path: P,
  asked: Asked<P, "get">,
): Promise<{ readonly file: Blob; readonly name: string | null }> {
  const response = await responseTo(connection, "get", path, asked);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? null;
  const file = await response.blob().catch(() => {
    throw new ApiError(0, "broken_off", "");
  });
  return { file, name };
}

async function responseTo<M extends Method, P extends PathOf<M>>(
  connection: Connection,
  method: M,
  path: P,
  { path: ids, query, body, signal }: Asked<P, M>,
): Promise<Response> {
  const request: RequestInit = {
    method: method.toUpperCase(),
    headers: headersOf(connection, body !== undefined),
    credentials: connection.bearer === null ? "same-origin" : "omit",
  };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal !== undefined) request.signal = signal;
  const response = await answered(connection.root + addressOf(path, ids, query), request);
  if (!response.ok) throw await refusal(response);
  return response;
}

/** The error that an answer is, which is not well. */
export async function refusal(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  return ApiError.of(response.status, (answer as { error?: unknown } | null)?.error, response.headers.get("Retry-After"));
}

async function answered(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "");
  }
}

function headersOf(connection: Connection, hasBody: boolean): Record<string, string> {
  return {
    Accept: "application/json",
    ...(hasBody ? { "Content-Type": "application/json" } : {}),
    ...whoAsks(connection),
  };
}

/** Headers that say who asks, and for which company. */
export function whoAsks(connection: Connection): Record<string, string> {
  return {
    ...(connection.company === null ? {} : { "X-Botlens-Company": connection.company }),
    ...(connection.bearer === null ? {} : { Authorization: `Bearer ${connection.bearer}` }),
  };
}

function addressOf(template: string, ids: unknown, query: unknown): string {
  const named = (ids ?? {}) as Record<string, string>;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(named[name] ?? ""));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, Sendable | readonly Sendable[]>)) {
    for (const each of Array.isArray(value) ? (value as readonly Sendable[]) : [value as Sendable]) {
      if (each !== undefined && each !== null) asked.append(name, String(each));
    }
  }
  const text = asked.toString();
  return text === "" ? path : `${path}?${text}`;
}
