import type { Change, DimensionName, FieldName, Figure, FilterValue, Key, MetricName, Row } from "@/figures";

/** A filter as the API takes it. */
export interface AskedFilter {
  readonly field: FieldName;
  readonly op: string;
  readonly value: FilterValue | readonly FilterValue[];
}

/** A window: asked for, of local dates, both included; in answers, of instants, the second not included. Null is open. */
export interface Window {
  readonly from: string | null;
  readonly to: string | null;
}

/** A question to `POST /v1/query`. */
export interface Question {
  readonly metrics: readonly MetricName[];
  readonly dimensions?: readonly DimensionName[];
  readonly chatbots?: readonly string[];
  readonly period?: string | Window;
  readonly filters?: readonly AskedFilter[];
  readonly compare?: string | Window;
  readonly align?: "weekday";
  readonly order_by?: string | readonly string[];
  readonly limit?: number;
  readonly labels?: boolean;
  readonly totals?: boolean;
  readonly n?: boolean | readonly MetricName[];
  /** Of which metrics it is judged how they changed, where they are compared; false where nobody looks at that. */
  readonly change?: boolean | readonly MetricName[];
}

/** What a figure stands on, as the kind of its metric has it. */
export interface Basis {
  readonly numerator?: Figure;
  readonly denominator?: Figure;
  readonly n?: Figure;
  readonly interval?: readonly [Figure, Figure] | null;
}

type ByMetric<T> = Readonly<Partial<Record<MetricName, T>>>;

/** The other period: its i-th row is the counterpart of the i-th row of the answer. */
export interface Compared {
  readonly window: Window;
  readonly rows: readonly Row[];
  readonly n?: ByMetric<readonly Basis[]>;
  readonly change?: ByMetric<readonly Change[]>;
}

/** The whole, beside rows that are parts of it; it is never added up from them. */
export interface Totals {
  readonly row: Row;
  readonly n?: ByMetric<Basis>;
  readonly compare?: { readonly row: Row; readonly n?: ByMetric<Basis>; readonly change?: ByMetric<Change> };
}

/** The first and the last unit of a dimension of time that is not known whole; null: there is none. */
export interface Incomplete {
  readonly first: string | null;
  readonly last: string | null;
}

/** The answer to a question. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly totals?: Totals;
  readonly compare?: Compared;
  readonly meta: {
    readonly timezone: string;
    readonly as_of?: string;
    readonly window: Window;
    readonly incomplete?: Readonly<Partial<Record<DimensionName, Incomplete>>>;
    readonly rows_total: number;
    /** Chatbots of which events were loaded that no row counts yet. */
    readonly uncounted?: readonly string[];
    /** Chatbots that get another threshold: some of their conversations may be counted by the one of before. */
    readonly recounting?: readonly string[];
    readonly n?: ByMetric<readonly Basis[]>;
    readonly excluded: Readonly<Record<string, number>>;
    readonly definition_version: number;
    readonly freshness: string | null;
    readonly labels?: Readonly<Partial<Record<DimensionName, Readonly<Record<string, string>>>>>;
  };
}

/** Whether a bucket of time is not known whole: it is not over, or is only in part in the period. */
export function isIncomplete(answer: Answer, dimension: DimensionName, key: Key | undefined): boolean {
  const ends = answer.meta.incomplete?.[dimension];
  return ends !== undefined && typeof key === "string" && (key === ends.first || key === ends.last);
}
