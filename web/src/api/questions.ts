import type { Change, DimensionName, FieldName, Figure, Key, MetricName, Row } from "@/figures";

export type FilterValue = string | number | boolean | null;

/** A filter as the API takes it. */
export interface AskedFilter {
  readonly field: FieldName;
  readonly op: string;
  readonly value: FilterValue | readonly FilterValue[];
}

/** A window of local dates: the first included, the second not; null is open. */
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
  readonly compare?: string | Readonly<Record<string, string | null>>;
  readonly order_by?: string | readonly string[];
  readonly limit?: number;
  readonly labels?: boolean;
  readonly totals?: boolean;
  readonly n?: boolean | readonly MetricName[];
}

/** What a figure stands on, as the kind of its metric has it. */
export interface Basis {
  readonly numerator?: Figure;
  readonly denominator?: Figure;
  readonly n?: Figure;
  readonly interval?: readonly [Figure, Figure] | null;
}

type ByMetric<T> = { readonly [M in MetricName]?: T };

/** The other period: its i-th row is the counterpart of the i-th row of the answer. */
export interface Compared {
  readonly window: Window;
  readonly rows: readonly Row[];
  readonly n?: ByMetric<readonly Basis[]>;
  readonly change?: ByMetric<readonly Change[]>;
}

/** The answer to a question. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly totals?: Row;
  readonly compare?: Compared;
  readonly meta: {
    readonly timezone: string;
    readonly window: Window;
    readonly rows_total: number;
    readonly n?: ByMetric<readonly Basis[]>;
    readonly excluded: Readonly<Record<string, number>>;
    readonly definition_version: number;
    readonly freshness: string | null;
    readonly as_of?: string;
    /** Which buckets of time are not over yet, or only in the window in part. */
    readonly incomplete?: readonly Key[];
    readonly labels?: { readonly [D in DimensionName]?: Readonly<Record<string, string>> };
  };
}
