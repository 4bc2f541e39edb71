import type { AnswerOf } from "@/api/client";
import { dateIn } from "@/format/formatDate";
import { mondayOf, type Unit } from "@/frame/periods";

/** What happened when, as the API keeps it. */
export type KeptMarker = AnswerOf<"/v1/markers", "get">["markers"][number];

/** A marker, and the number of the bucket that it is in. */
export interface PlacedMarker {
  readonly marker: KeptMarker;
  readonly at: number;
}

const HOUR_MS = 3_600_000;

/** The markers that are in some buckets of time, in their order; the others are of another period. */
export function placed(markers: readonly KeptMarker[], buckets: readonly string[], unit: Unit, zone: string): PlacedMarker[] {
  return markers
    .map((marker) => ({ marker, at: placeOf(marker.at, buckets, unit, zone) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at);
}

function placeOf(instant: string, buckets: readonly string[], unit: Unit, zone: string): number {
  if (unit === "date_hour") {
    const time = Date.parse(instant);
    return buckets.findIndex((bucket) => Date.parse(bucket) <= time && time < Date.parse(bucket) + HOUR_MS);
  }
  const date = dateIn(instant, zone);
  return buckets.indexOf(unit === "day" ? date : unit === "week" ? mondayOf(date) : date.slice(0, 7));
}
