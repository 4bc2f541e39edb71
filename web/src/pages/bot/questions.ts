import type { Question } from "@/api/questions";
import type { MetricName } from "@/figures";
import { bucketOf } from "@/frame/periods";
import { askedBy } from "@/url/asked";
import type { View } from "@/url/view";

/** The cards, in two rows of five; on a phone in five of two. */
export const CARDS = [
  "conversations", "unique_sessions", "unanswered_rate", "csat", "handoff_rate",
  "messages_per_conversation", "resolution_assumed_rate", "positive_feedback_rate", "latency_p95", "conversion_rate",
] as const satisfies readonly MetricName[];

export const LIST_ROWS = 9;
const MOST_ROWS = 1000;

export type Asked = "cards" | "chart" | "top" | "unanswered" | "heat" | "languages" | "channels" | "outcomes" | "depth" | "drop_off" | "retention" | "ratings";

/** All that the page of a chatbot asks, in one batch. */
export function questionsOf(view: View, bot: string): Record<Asked, Question> {
  const { compare, align, ...asked } = askedBy(view);
  const here = { chatbots: [bot], ...asked };
  const compared = { ...here, ...(compare === undefined ? {} : { compare }), ...(align === undefined ? {} : { align }) };
  const list = { ...here, limit: LIST_ROWS };
  return {
    cards: { metrics: CARDS, ...compared, n: true },
    chart: { metrics: [view.metric ?? "conversations"], dimensions: [bucketOf(view.period)], ...compared, change: false },
    top: { metrics: ["questions"], dimensions: ["question"], ...list, labels: true },
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

/** The same list with all its rows. */
export function unlimited(question: Question): Question {
  return { ...question, limit: MOST_ROWS };
}
