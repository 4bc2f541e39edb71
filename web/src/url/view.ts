import type { FieldName, FilterValue, MetricName } from "@/figures";

/** A named period of the API, or local dates, both included. */
export type Period = { readonly name: string } | { readonly first: string; readonly last: string };

/** What the figures are set against, and whether weekdays are set against weekdays. */
export const COMPARISONS = ["none", "prev", "prev_whole", "year"] as const;
export interface Comparison {
  readonly with: (typeof COMPARISONS)[number];
  readonly weekday: boolean;
}

export const OPERATORS = ["is", "is_not", "contains", "between"] as const;
export type Operator = (typeof OPERATORS)[number];

/** A filter: a field, an operator, and one value or (`is`: any of them; `between`: two) several. */
export interface Filter {
  readonly field: FieldName;
  readonly op: Operator;
  readonly values: readonly [FilterValue, ...FilterValue[]];
}

/** What a page shows, as its address says it. */
export interface View {
  readonly period: Period;
  readonly compare: Comparison;
  readonly filters: readonly Filter[];
  /** The metric of the main chart; null is that of the page. */
  readonly metric: MetricName | null;
}

export const DEFAULT_VIEW: View = {
  period: { name: "30d" },
  compare: { with: "prev", weekday: false },
  filters: [],
  metric: null,
};

/** Something in an address that could not be used. The page shows the rest, and says so. */
export interface Notice {
  readonly about: "version" | "period" | "compare" | "filter" | "metric" | "parameter";
  readonly value: string;
}
