import type { FilterValue } from "@/api/questions";
import type { DimensionName } from "@/figures";
import type { Formats } from "@/format/useFormats";
import { DIMENSIONS } from "@/generated/catalogue";
import type { Say } from "@/texts/texts";
import type { Filter } from "@/url/view";

/** A filter as people say it: "Language is German or English"; questions as they were written, where that is known. */
export function filterText(filter: Filter, say: Say, formats: Formats, wordings: Readonly<Record<string, string>> = {}): string {
  const field = say(`field.${filter.field}.label`);
  const names = filter.values.map((value) => (typeof value === "string" && Object.hasOwn(wordings, value) ? `“${wordings[value] ?? value}”` : valueText(filter.field, value, say, formats)));
  const value = filter.op === "between" ? names.join(" – ") : names.join(say("bar.or"));
  if (typeof filter.values[0] === "boolean" && filter.op === "is") return `${field}: ${value}`;
  return say(`bar.filter.${filter.op}`, { field, value });
}

/** What people call a value of a field. */
export function valueText(field: Filter["field"], value: FilterValue, say: Say, formats: Formats): string {
  if (typeof value === "boolean") return say(value ? "bar.yes" : "bar.no");
  if (Object.hasOwn(DIMENSIONS, field)) return formats.key(value, field as DimensionName);
  return value === null ? say("key.unknown") : value === "" ? say("key.empty") : String(value);
}
