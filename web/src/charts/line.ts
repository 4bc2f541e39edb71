import { line } from "d3-shape";

import type { Figure } from "@/figures";
import type { Scale } from "./scale";

/** The inside of a chart, in pixels from its upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a point is; y is null where there is nothing to draw. */
export interface Place {
  readonly x: number;
  readonly y: number | null;
}

/** Where points stand, evenly from edge to edge; a single one in the middle. */
export function placesOf(figures: readonly (Figure | null | undefined)[], box: Box, scale: Scale): Place[] {
  return figures.map((figure, at) => ({
    x: xOf(at, figures.length, box),
    y: figure === null || figure === undefined ? null : box.top + box.height * (1 - scale.up(figure)),
  }));
}

/** Where the point with this number stands. */
export function xOf(at: number, count: number, box: Box): number {
  return box.left + (count < 2 ? box.width / 2 : (box.width * at) / (count - 1));
}

/** The number of the point that is nearest to a place; null if there is none. */
export function nearest(x: number, count: number, box: Box): number | null {
  if (count === 0) return null;
  if (count === 1 || box.width <= 0) return 0;
  const at = Math.round(((x - box.left) / box.width) * (count - 1));
  return Math.min(count - 1, Math.max(0, at));
}

const drawn = line<Place>()
  .defined((place) => place.y !== null)
  .x((place) => place.x)
  .y((place) => place.y ?? 0)
  .digits(2);

/** The line through places, with gaps where there is nothing. */
export function pathOf(places: readonly Place[]): string {
  return drawn([...places]) ?? "";
}

/** The places that no line reaches, since both neighbours are missing: they are dots. */
export function lonely(places: readonly Place[]): Place[] {
  return places.filter(
    (place, at) => place.y !== null && (places[at - 1]?.y ?? null) === null && (places[at + 1]?.y ?? null) === null,
  );
}

/** A line whose buckets at the ends may not be over: what is sure, and the ends that are open. */
export interface Line {
  readonly sure: string;
  readonly open: string;
  /** Places that a line does not show by itself. */
  readonly dots: readonly Place[];
  /** Places of buckets that are not complete. */
  readonly hollow: readonly Place[];
}

/** The line of figures, of which some buckets are incomplete. */
export function lineOf(places: readonly Place[], incomplete: readonly boolean[]): Line {
  const isOpen = (at: number): boolean => incomplete[at] ?? false;
  const sure = places.map((place, at) => (isOpen(at) ? { ...place, y: null } : place));
  const open = places.map((place, at) => (isOpen(at) || isOpen(at - 1) || isOpen(at + 1) ? place : { ...place, y: null }));
  return {
    sure: pathOf(sure),
    open: pathOf(open),
    dots: lonely(places).filter((place) => !isOpen(places.indexOf(place))),
    hollow: places.filter((place, at) => place.y !== null && isOpen(at)),
  };
}

/** Which of the labels below an axis fit: about one in `least` pixels, always the first. */
export function labelled(count: number, width: number, least: number): number[] {
  if (count === 0) return [];
  const step = Math.max(1, Math.ceil((count * least) / Math.max(width, 1)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}
