import { spoken } from "@/url/url";
import type { Comparison, Filter, View } from "@/url/view";
import type { AskedFilter, Question } from "./questions";

const NAMES: Readonly<Record<Exclude<Comparison["with"], "none">, string>> = {
  prev: "previous_period",
  prev_whole: "previous_period_whole",
  year: "previous_year",
};

/** What a view asks of every question: period, comparison, filters. */
export function askedBy(view: View): Pick<Question, "period" | "compare" | "align" | "filters"> {
  const { period, compare, filters } = view;
  return {
    period: "name" in period ? period.name : { from: period.first, to: period.last },
    ...(filters.length === 0 ? {} : { filters: filters.map(askedFilter) }),
    ...comparison(view, compare),
  };
}

function comparison(view: View, compare: Comparison): Pick<Question, "compare" | "align"> {
  if (compare.with === "none" || ("name" in view.period && view.period.name === "all")) return {};
  return { compare: NAMES[compare.with], ...(compare.weekday ? { align: "weekday" } : {}) };
}

/** A filter as the API takes it. */
export function askedFilter({ field, op, values }: Filter): AskedFilter {
  return { field, op: spoken(op), value: values.length === 1 ? values[0] : values };
}
