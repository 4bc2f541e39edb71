import { ticks } from "d3-array";

import type { Figure, MetricName } from "@/figures";
import { magnitude, sealed } from "@/format/magnitude";
import { METRICS } from "@/generated/catalogue";

type Maybe = Figure | null | undefined;

const LEAST_SHARE = 0.05; // a rate of 0.3 % shall not fill the chart
const STEPS = 4;

/** The y axis of a chart: from 0 to a round number that no figure is above. */
export interface Scale {
  readonly top: number;
  /** The round numbers beside the axis, ascending from 0. */
  readonly ticks: readonly Figure[];
  /** How far up a figure is: 0 is the axis, 1 the top. */
  readonly up: (figure: Figure) => number;
}

/** The scale that figures of a metric fit into. What is below 0 is drawn at 0. */
export function scaleOf(figures: readonly Maybe[], metric: MetricName): Scale {
  const { unit, type } = METRICS[metric];
  const least = unit === "share" ? LEAST_SHARE : type === "number" ? STEPS : Number.MIN_VALUE;
  const highest = Math.max(least, ...numbersOf(figures));
  const step = roundUp(highest / STEPS);
  const whole = Math.ceil(highest / step - 1e-9) * step;
  const top = unit === "share" ? Math.min(1, whole) : whole;
  return {
    top,
    ticks: ticks(0, top, STEPS).map(sealed),
    up: (figure) => clamped(magnitude(figure) / top),
  };
}

/** The next round number: 1, 2, 2.5 or 5 times a power of ten. */
function roundUp(number: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(number, Number.MIN_VALUE * 1e10)));
  const round = [1, 2, 2.5, 5, 10].find((each) => each * power >= number * (1 - 1e-9)) ?? 10;
  return round * power;
}

function clamped(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

function numbersOf(figures: readonly Maybe[]): number[] {
  return figures.flatMap((figure) => {
    const number = figure === null || figure === undefined ? Number.NaN : magnitude(figure);
    return Number.isFinite(number) ? [number] : [];
  });
}

/** How long the bar of each figure is, of the longest: 0 to 1. Null has none. */
export function shares(figures: readonly Maybe[]): number[] {
  const longest = Math.max(0, ...numbersOf(figures));
  return figures.map((figure) =>
    figure === null || figure === undefined || longest === 0 ? 0 : clamped(magnitude(figure) / longest),
  );
}

/** The share that a part is of a whole of its own; null where there is nothing. */
export function shareOf(part: number, whole: number): Figure | null {
  return whole > 0 ? sealed(part / whole) : null;
}

/** How dark the cell of each figure is: 0 for 0 and null, else 1 to 7 up to the highest. */
export function heatSteps(figures: readonly Maybe[]): number[] {
  return shares(figures).map((share) => Math.ceil(share * 7));
}

/** The largest of some figures; null if none of them is known. */
export function largest(figures: readonly Maybe[]): Figure | null {
  const numbers = numbersOf(figures);
  return numbers.length === 0 ? null : sealed(Math.max(...numbers));
}
