import type { Figure } from "@/figures";

/** A point of a chart over time, with the texts that go with it. */
export interface Point {
  readonly id: string;
  readonly label: string;
  readonly figure: Figure | null;
  /** The bucket is not over yet, or is only in part in the period. */
  readonly incomplete?: boolean;
  /** Its counterpart of the other period. */
  readonly before?: { readonly label: string; readonly figure: Figure | null } | undefined;
  /** The conversations behind it. */
  readonly behind?: string;
}

/** Something that happened, shown as a flag. */
export interface Marker {
  readonly id: string;
  /** The number of the point in whose bucket it happened. */
  readonly at: number;
  readonly text: string;
  /** Who says so, and when it was. */
  readonly about?: string;
}
