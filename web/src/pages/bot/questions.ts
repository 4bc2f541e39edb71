import type { Question } from "@/api/questions";
import type { DimensionName, MetricName } from "@/figures";
import type { Unit } from "@/frame/periods";
import { askedBy } from "@/api/asked";
import type { View } from "@/url/view";

/** The cards, in two rows of five; on a phone in five of two. */
export const CARDS = [
  "conversations", "unique_sessions", "unanswered_rate", "csat", "handoff_rate",
  "messages_per_conversation", "resolution_assumed_rate", "positive_feedback_rate", "latency_p95", "conversion_rate",
] as const satisfies readonly MetricName[];

export const LIST_ROWS = 9;
/** Lists that mostly have few rows keep room for these. */
export const FEW_ROWS = 4;
/** Among the most asked ones are greetings and thanks, which are left out: so many are asked for. */
const ASKED_ROWS = 3 * LIST_ROWS;
export const MOST_ROWS = 1000;

export type BotQuestion = "cards" | "chart" | "top" | "unanswered" | "heat" | "languages" | "channels" | "outcomes" | "depth" | "drop_off" | "retention" | "ratings";

/** What moves first when numbers change: what is looked at, and cheap. The rest follows at its own pace. */
export const FIRST: readonly BotQuestion[] = ["cards", "chart"];

/** All that the page of a chatbot asks, in one batch; the chart by a unit of time. */
export function questionsOf(view: View, bot: string, unit: Unit): Record<BotQuestion, Question> {
  const { compare, align, ...asked } = askedBy(view);
  const here = { chatbots: [bot], ...asked };
  const compared = { ...here, ...(compare === undefined ? {} : { compare }), ...(align === undefined ? {} : { align }) };
  const list = { ...here, limit: LIST_ROWS };
  return {
    cards: { metrics: CARDS, ...compared, n: true },
    chart: { metrics: [view.metric ?? "conversations"], dimensions: [unit], ...compared, change: false },
    top: { metrics: ["questions", "unanswered_answers"], dimensions: ["question"], ...list, limit: ASKED_ROWS, labels: true },
    unanswered: { metrics: ["unanswered_answers", "questions"], dimensions: ["question"], ...list, labels: true },
    heat: { metrics: ["conversations"], dimensions: ["weekday", "hour"], ...here },
    languages: { metrics: ["conversations", "unanswered_rate"], dimensions: ["language"], ...list },
    channels: { metrics: ["conversations", "unanswered_rate"], dimensions: ["channel"], ...list },
    outcomes: { metrics: ["conversions"], dimensions: ["outcome"], ...list },
    depth: { metrics: ["conversations"], dimensions: ["depth"], ...here },
    drop_off: { metrics: ["reached", "drop_off_rate"], dimensions: ["exchange"], ...here },
    retention: { metrics: ["retention_rate", "retained_sessions"], dimensions: ["cohort_week", "weeks_later"], ...here },
    ratings: { metrics: ["ratings"], dimensions: ["rating"], ...here },
  };
}

/** What a list has besides where there is room for it: in its sheet, its table and its file. */
export const MORE = {
  question: ["questions", "unanswered_answers"],
  language: ["conversations", "unanswered_rate", "csat", "handoff_rate"],
  channel: ["conversations", "unanswered_rate", "csat", "handoff_rate"],
  outcome: ["conversions", "conversion_rate", "outcome_value"],
} as const satisfies Partial<Record<DimensionName, readonly MetricName[]>>;

/** The same list with all its rows, as far as they can be shown, and all its columns; the order is that of the list. */
export function unlimited(question: Question, more: readonly MetricName[] = []): Question {
  return { ...question, metrics: [...new Set([...question.metrics, ...more])], limit: MOST_ROWS };
}
