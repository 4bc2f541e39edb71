import type { DimensionName, FieldName, FilterValue } from "@/figures";
import type { Formats } from "@/format/useFormats";
import { DIMENSIONS } from "@/generated/catalogue";
import type { Say } from "@/texts/texts";
import type { Filter } from "@/url/view";

/** What people call values of fields, where the values do not tell it themselves: by field and value. */
export type ValueNames = Readonly<Partial<Record<FieldName, Readonly<Record<string, string>>>>>;

/** Fields of texts that visitors wrote: they are quoted. */
const QUOTED: ReadonlySet<FieldName> = new Set<FieldName>(["question", "first_question", "unanswered_question"]);
/** Fields whose values say by themselves what they are of. */
const SPEAKS_FOR_ITSELF: ReadonlySet<FieldName> = new Set<FieldName>(["language", "day", "month", "weekday", "chatbot"]);

/** A filter as people say it: "Language is German or English"; questions as they were written, chatbots by their names. */
export function filterText(filter: Filter, say: Say, formats: Formats, names: ValueNames = {}): string {
  const { field, op, values } = filter;
  const label = say(`field.${field}.label`);
  const words = values.map((value) => (op === "contains" ? String(value ?? "") : valueText(field, value, say, formats, names)));
  const value = op === "between" ? words.join(" – ") : words.join(say("bar.or"));
  if (typeof values[0] === "boolean" && op === "is") return `${label}: ${value}`;
  return say(`bar.filter.${op}`, { field: label, value });
}

/** The same where it is plain that it is a filter, as short as it can be said: "German or English", "Unanswered". */
export function shortFilterText(filter: Filter, say: Say, formats: Formats, names: ValueNames = {}): string {
  const { field, op, values } = filter;
  const [first] = values;
  if (typeof first === "boolean" && values.length === 1) {
    const flag = say(`field.${field}.label`);
    return first === (op === "is") ? flag : say("bar.filter.flag.not", { flag });
  }
  if (op === "is" && first !== null && SPEAKS_FOR_ITSELF.has(field)) return values.map((value) => valueText(field, value, say, formats, names)).join(say("bar.or"));
  return filterText(filter, say, formats, names);
}

/** What people call a value of a field. */
export function valueText(field: FieldName, value: FilterValue, say: Say, formats: Formats, names: ValueNames = {}): string {
  if (typeof value === "boolean") return say(value ? "bar.yes" : "bar.no");
  const known = value === null ? undefined : names[field]?.[String(value)];
  if (QUOTED.has(field) && typeof value === "string" && value !== "") return say("conversations.search.part", { text: known ?? value });
  if (known !== undefined) return known;
  if (Object.hasOwn(DIMENSIONS, field)) return formats.key(value, field as DimensionName);
  return value === null ? say("key.unknown") : value === "" ? say("key.empty") : String(value);
}
