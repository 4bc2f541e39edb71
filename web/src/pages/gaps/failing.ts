import type { Questions } from "@/api/batch";
import type { Answer, AskedFilter, Question } from "@/api/questions";
import type { Figure, Key, Row } from "@/figures";
import { bucketOf } from "@/frame/periods";
import { askedBy } from "@/url/asked";
import type { Filter, Period, View } from "@/url/view";

/** A question that the bot could not answer. */
export interface Failing {
  /** Its normal form, by which filters find it; null is a question without text. */
  readonly key: string | null;
  /** As it was written most often. */
  readonly text: string;
  readonly unanswered: Figure | null;
  readonly asked: Figure | null;
}

export const AT_ONCE = 9;
export const MOST = 99;

type Whole = "failing" | "sureness";

/** What the page asks: the questions, and whether the bot says how sure it is. */
export function wholeOf(bot: string, view: View): Questions<Whole> {
  const of = { chatbots: [bot], ...uncompared(view) };
  return {
    failing: { metrics: ["unanswered_answers", "questions"], dimensions: ["question"], order_by: "-unanswered_answers", limit: MOST, labels: true, ...of },
    sureness: { metrics: ["score_coverage", "unanswered_answers", "unanswered_rate", "negative_feedback", "handoffs"], n: ["unanswered_rate"], ...of },
  };
}

/** What is asked of each of some questions: over time, and of how many people. */
export function eachOf(keys: readonly (string | null)[], bot: string, view: View): Questions<string> {
  const { filters = [], ...rest } = uncompared(view);
  return Object.fromEntries<Question>(
    keys.flatMap((key, at): [string, Question][] => {
      const of = { chatbots: [bot], ...rest, filters: [...filters, asking(key)] };
      return [
        [`over time ${String(at)}`, { metrics: ["conversations"], dimensions: [courseUnitOf(view.period)], ...of }],
        [`all ${String(at)}`, { metrics: ["unique_sessions", "conversations"], ...of }],
      ];
    }),
  );
}

/** The unit of a course: days, or weeks where days would be too many to be seen. */
export function courseUnitOf(period: Period): "day" | "week" {
  const unit = bucketOf(period);
  return unit === "week" || unit === "month" ? "week" : "day";
}

function uncompared(view: View): ReturnType<typeof askedBy> {
  return askedBy({ ...view, compare: { with: "none", weekday: false } });
}

function asking(key: string | null): AskedFilter {
  return { field: "unanswered_question", op: "is", value: key };
}

/** The last bucket of a course in which there was anything at all; null: there is none. */
export function lastOf(course: readonly Row[], unit: "day" | "week", isNothing: (figure: Figure | null | undefined) => boolean): string | null {
  return textOf(course.findLast((row) => !isNothing(row.conversations))?.[unit]);
}

/** The filter that has the conversations in which a question went unanswered. */
export function filterOf(key: string | null): Filter {
  return { field: "unanswered_question", op: "is", values: [key] };
}

/** The questions of an answer that went unanswered at all, in its order. */
export function failingOf(answer: Answer, empty: string, isNothing: (figure: Figure | null | undefined) => boolean): Failing[] {
  const labels = answer.meta.labels?.question ?? {};
  return answer.rows
    .filter((row) => !isNothing(row.unanswered_answers))
    .map((row) => {
      const key = textOf(row.question);
      return { key, text: key === null || key === "" ? empty : (labels[key] ?? key), unanswered: row.unanswered_answers ?? null, asked: row.questions ?? null };
    });
}

function textOf(key: Key | undefined): string | null {
  return key === null || key === undefined ? null : String(key);
}

/** A question in the address; a missing one is none, and one without text is marked. */
export const NO_TEXT = "~0";

/** Whether a text is the question of a key, as far as can be told without the rules of the server. */
export function isAsked(text: string, key: string | null): boolean {
  const plain = (each: string): string => each.normalize("NFKC").toLowerCase().replace(/[\p{P}\p{S}\p{Z}\p{C}\s]+/gu, " ").trim();
  return key !== null && plain(text) === plain(key);
}
