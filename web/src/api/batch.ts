import { ask, type Connection } from "./client";
import { ApiError } from "./error";
import type { Answer, Question } from "./questions";

export type Questions<Name extends string> = Readonly<Record<Name, Question>>;
/** By name: the answer, or why there is none. The error of one question is no error of the others. */
export type Answers<Name extends string> = Readonly<Record<Name, Answer | ApiError>>;

const MOST = 20;
/** Servers on the way take addresses of 8 kB. */
const MOST_IN_ADDRESS = 7_000;

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
  const q = JSON.stringify(questions);
  // What is in an address is kept by the browser, which asks whether it still holds: an idle page costs a 304.
  const { answers, errors } =
    encodeURIComponent(q).length <= MOST_IN_ADDRESS
      ? await ask(connection, "get", "/v1/queries", { query: { q }, signal })
      : await ask(connection, "post", "/v1/queries", { body: questions as never, signal }); // which are more exact than the body's type
  const told = (name: Name): Answer | ApiError => (answers[name] as Answer | undefined) ?? ApiError.ofPart(errors[name]?.error);
  return Object.fromEntries(names.map((name) => [name, told(name)])) as Answers<Name>;
}
