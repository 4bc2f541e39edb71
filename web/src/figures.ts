import type { DIMENSIONS, FIELDS, METRICS } from "@/generated/catalogue";

export type MetricName = keyof typeof METRICS;
export type DimensionName = keyof typeof DIMENSIONS;
export type FieldName = keyof typeof FIELDS;

declare const sealed: unique symbol;

/**
 * A number as the API gave it. It is sealed: it can be handed on, and nothing can be counted with it or written by
 * accident. Only `format/` and the geometry of charts look inside, so that no rate is ever added up or averaged here.
 */
export interface Figure {
  readonly [sealed]: "figure";
}

/** What a filter can be set to. */
export type FilterValue = string | number | boolean | null;

/** What a row is about: a date, a name, an hour; null where the API does not know it. */
export type Key = string | number | null;

/** One row of an answer: its keys by dimension, its figures by metric. Null is "cannot be said", never 0. */
export type Row = Readonly<Partial<Record<MetricName, Figure | null>>> & Readonly<Partial<Record<DimensionName, Key>>>;

/** How a figure differs from that of the other period, and whether the difference is more than noise. */
export interface Change {
  readonly absolute: Figure | null;
  readonly relative: Figure | null;
  readonly distinguishable: boolean | null;
  /** Why something of it is not said: a code of the API. */
  readonly unsaid?: string | null;
}
