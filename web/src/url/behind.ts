import type { DimensionName, FieldName, Key, MetricName } from "@/figures";
import { FIELDS, METRICS } from "@/generated/catalogue";
import { linkTo } from "./useView";
import { printFilter } from "./url";
import type { Filter, View } from "./view";

/** The keys of a cell: of each dimension of its row, the value. */
export type Cell = Readonly<Partial<Record<DimensionName, Key>>>;

interface Place {
  readonly company: string;
  /** Null: the figure is of all chatbots. */
  readonly bot: string | null;
}

/** The view with a cell's keys as filters; null if one of them is no filter. */
export function narrowed(view: View, cell: Cell, metric: MetricName | null = null): View | null {
  const { drill } = (metric === null ? {} : METRICS[metric]) as { drill?: { fields?: Partial<Record<string, string>> } };
  const added: Filter[] = [];
  for (const [dimension, key] of Object.entries(cell)) {
    const field = drill?.fields?.[dimension] ?? dimension;
    if (!isField(field) || (key === null && !FIELDS[field].nullable)) return null;
    added.push({ field, op: "is", values: [key] });
  }
  const known = new Set(view.filters.map(printFilter));
  return { ...view, filters: [...view.filters, ...added.filter((filter) => !known.has(printFilter(filter)))] };
}

/** The link to the conversations that a figure is made of: the view, the cell's keys as filters, the metric as `m`. */
export function behind({ company, bot }: Place, view: View, metric: MetricName, cell: Cell = {}): string | undefined {
  const found = narrowed(view, cell, metric);
  if (found === null) return undefined;
  return linkTo(bot === null ? { page: "search", company } : { page: "conversations", company, bot, conversation: null }, { ...found, metric });
}

/** The link to the same page with a filter more. */
export function filteredBy({ company, bot }: Place, view: View, cell: Cell): string | undefined {
  const found = narrowed(view, cell);
  if (found === null) return undefined;
  return linkTo(bot === null ? { page: "overview", company } : { page: "bot", company, bot }, found);
}

function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}
