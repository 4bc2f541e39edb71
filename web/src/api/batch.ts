import { ask, type Connection } from "./client";
import { ApiError } from "./error";
import type { Answer, Question } from "./questions";

export type Questions<Name extends string> = Readonly<Record<Name, Question>>;
/** By name: the answer, or why there is none. The error of one question is no error of the others. */
export type Answers<Name extends string> = Readonly<Record<Name, Answer | ApiError>>;

/** What `/v1/queries` takes and gives. All that the page knows of its shape stands in this file. */
interface BatchAnswer {
  readonly answers: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, { readonly error?: unknown }>>;
}

const MOST = 20;
/** Servers on the way take addresses of 8 kB. */
const MOST_IN_ADDRESS = 7_000;
const UNKNOWN_ADDRESS = new Set([404, 405]);

/** Whether the server knows the batch; found out with the first one. */
let batched = true;

/**
 * Ask several questions at once, of one state of the data.
 *
 * @throws ApiError nothing at all could be answered, or more than 20 are asked.
 */
export async function askAll<Name extends string>(
  connection: Connection,
  questions: Questions<Name>,
  signal: AbortSignal,
): Promise<Answers<Name>> {
  const names = Object.keys(questions) as Name[];
  if (names.length > MOST) throw new ApiError(0, "too_many_questions", `A page asks ${String(MOST)} questions at once.`);
  if (names.length === 0) return {} as Answers<Name>;
  if (batched) {
    try {
      return await together(connection, names, questions, signal);
    } catch (error) {
      if (!(error instanceof ApiError && UNKNOWN_ADDRESS.has(error.status))) throw error;
      batched = false;
    }
  }
  return await oneByOne(connection, names, questions, signal);
}

async function together<Name extends string>(
  connection: Connection,
  names: readonly Name[],
  queries: Questions<Name>,
  signal: AbortSignal,
): Promise<Answers<Name>> {
  // Not in every description of the API yet, so its types are not asked.
  const untyped = ask as unknown as (...of: [Connection, "get" | "post", string, object]) => Promise<BatchAnswer>;
  const q = JSON.stringify(queries);
  // What is in an address is kept by the browser, which asks whether it still holds: an idle page costs a 304.
  const { answers, errors } =
    encodeURIComponent(q).length <= MOST_IN_ADDRESS
      ? await untyped(connection, "get", "/v1/queries", { query: { q }, signal })
      : await untyped(connection, "post", "/v1/queries", { body: queries, signal });
  return collected(names, (name) => (answers[name] as Answer | undefined) ?? ApiError.ofPart(errors[name]?.error));
}

async function oneByOne<Name extends string>(
  connection: Connection,
  names: readonly Name[],
  questions: Questions<Name>,
  signal: AbortSignal,
): Promise<Answers<Name>> {
  const found = await Promise.all(names.map((name) => single(connection, questions[name], signal)));
  return collected(names, (_, at) => found[at] ?? ApiError.of(500, null));
}

async function single(connection: Connection, question: Question, signal: AbortSignal): Promise<Answer | ApiError> {
  try {
    return await ask(connection, "post", "/v1/query", { body: question as never, signal });
  } catch (error) {
    if (error instanceof ApiError && error.status !== 0 && error.status !== 401) return error;
    throw error;
  }
}

function collected<Name extends string>(
  names: readonly Name[],
  of: (name: Name, at: number) => Answer | ApiError,
): Answers<Name> {
  return Object.fromEntries(names.map((name, at) => [name, of(name, at)])) as Answers<Name>;
}
