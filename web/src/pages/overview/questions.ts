import type { Question } from "@/api/questions";
import type { MetricName } from "@/figures";
import type { Unit } from "@/frame/periods";
import type { Sorting } from "@/parts/Table";
import { askedBy } from "@/api/asked";
import type { View } from "@/url/view";
import { OWN_ORDERS } from "./botRows";

export const CARDS = ["conversations", "unanswered_rate", "csat", "handoff_rate", "conversion_rate"] as const satisfies readonly MetricName[];
export const COLUMNS = ["conversations", "unanswered_rate", "csat", "handoff_rate"] as const satisfies readonly MetricName[];
const LIST_ROWS = 9;
/** An answer has at most 10,000 rows: of more chatbots than this the course is by weeks, of still more there is none. */
const MOST_BY_DAY = 90;
const MOST_BY_WEEK = 800;

export type OverviewQuestion = "cards" | "shapes" | "chart" | "bots" | "trends" | "unanswered";

/** All that the overview asks, in one batch: the chart by a unit of time, the chatbots in an order. */
export function questionsOf(view: View, unit: Unit, shape: Unit, sorting: Sorting, bots: number): Partial<Record<OverviewQuestion, Question>> & Record<Exclude<OverviewQuestion, "trends">, Question> {
  const { compare, align, ...asked } = askedBy(view);
  const compared = { ...asked, ...(compare === undefined ? {} : { compare }), ...(align === undefined ? {} : { align }) };
  const own = (OWN_ORDERS as readonly string[]).includes(sorting.by);
  const course = bots > MOST_BY_DAY || shape === "week" ? "week" : shape === "month" ? "month" : "day"; // hours of all would be too many rows
  return {
    cards: { metrics: CARDS, ...compared, n: true },
    shapes: { metrics: CARDS, dimensions: [shape], ...asked },
    chart: { metrics: [view.metric ?? "conversations"], dimensions: [unit], ...compared },
    bots: { metrics: COLUMNS, dimensions: ["chatbot"], ...asked, n: ["unanswered_rate", "csat"], order_by: own ? "-conversations" : `${sorting.descending ? "-" : ""}${sorting.by}` },
    ...(bots > MOST_BY_WEEK ? {} : { trends: { metrics: ["conversations"], dimensions: ["chatbot", course], ...asked, order_by: ["chatbot", course] } }),
    unanswered: { metrics: ["unanswered_answers"], dimensions: ["question", "chatbot"], ...asked, limit: LIST_ROWS, labels: true },
  };
}

/** The order in an address, `-csat`; without, the most conversations come first. */
export function readSorting(text: string | undefined): Sorting {
  const by = text?.replace(/^-/, "") ?? "";
  const known = ([...COLUMNS, ...OWN_ORDERS] as readonly string[]).includes(by);
  return known ? { by, descending: text?.startsWith("-") ?? true } : { by: "conversations", descending: true };
}
