import type { FilterValue } from "@/api/questions";
import type { DimensionName } from "@/figures";
import type { Formats } from "@/format/useFormats";
import { DIMENSIONS } from "@/generated/catalogue";
import type { Say } from "@/texts/texts";
import type { Filter } from "@/url/view";

/** A filter as a part of what a list is of, shorter than `filterText`: "German", "unanswered", "Rating: 1, 2". */
export function partText(filter: Filter, say: Say, formats: Formats, labels: Readonly<Record<string, string>> = {}): string {
  const { field, op, values } = filter;
  const label = say(`field.${field}.label`);
  const [first] = values;
  if (typeof first === "boolean" && values.length === 1) {
    return first === (op === "is") ? label : say("conversations.flag.not", { flag: label });
  }
  const words = values.map((value) => valueText(value, filter, say, formats, labels));
  if (op === "between") return say("conversations.any_of", { field: label, values: words.join(" – ") });
  const all = words.join(", ");
  if (op === "contains") return say("conversations.contains", { field: label, values: all });
  if (op === "is_not") return say("conversations.any_of.not", { field: label, values: all });
  return SPEAKS_FOR_ITSELF.has(field) && first !== null ? all : say("conversations.any_of", { field: label, values: all });
}

const SPEAKS_FOR_ITSELF: ReadonlySet<string> = new Set(["language", "day", "month", "weekday", "chatbot"]);
const QUOTED: ReadonlySet<string> = new Set(["question", "first_question", "unanswered_question"]);

function valueText(value: FilterValue, { field, op }: Filter, say: Say, formats: Formats, labels: Readonly<Record<string, string>>): string {
  if (typeof value === "boolean") return say(value ? "conversations.yes" : "conversations.no");
  if (op !== "contains" && QUOTED.has(field) && typeof value === "string" && value !== "") return say("conversations.search.part", { text: labels[value] ?? value });
  const dimension: DimensionName = Object.hasOwn(DIMENSIONS, field) ? (field as DimensionName) : "question";
  return formats.key(value, dimension, labels);
}
