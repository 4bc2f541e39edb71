import { useState, type HTMLAttributes, type KeyboardEvent, type PointerEvent } from "react";

import { nearest, xOf, type Box } from "./line";
import type { Marker, Point } from "./points";

interface Picking {
  readonly points: readonly Point[];
  readonly markers: readonly Marker[];
  readonly box: Box;
  readonly onZoom: ((first: Point, last: Point) => void) | undefined;
  readonly onOpen: ((point: Point) => void) | undefined;
  readonly onMarker: ((marker: Marker) => void) | undefined;
  readonly onAxis: ((point: Point) => void) | undefined;
}

/** Where a pointer is: among the points, on a flag above them, or on the axis below. */
export type Spot = "plot" | "flag" | "axis";

const FLAG_PX = 14;

interface Picked {
  /** The number of the point that is looked at. */
  readonly at: number | null;
  /** Where the pointer is. */
  readonly spot: Spot;
  /** It was reached by a key, and so is said aloud. */
  readonly byKey: boolean;
  /** The stretch that is being dragged over. */
  readonly stretch: readonly [number, number] | null;
  readonly handlers: HTMLAttributes<HTMLElement>;
}

/** Which point of a chart is looked at: by pointer, by touch, or by arrow keys, Home and End; Escape lets go. */
export function usePicking({ points, markers, box, onZoom, onOpen, onMarker, onAxis }: Picking): Picked {
  const [seen, setSeen] = useState<{ at: number; byKey: boolean; spot: Spot } | null>(null);
  const [start, setStart] = useState<number | null>(null);
  const at = seen && seen.at < points.length ? seen.at : null;
  const { under, flagUnder, spotUnder } = pointing({ points, markers, box, onMarker, onAxis });

  const finish = (event: PointerEvent): void => {
    const end = under(event);
    setStart(null);
    if (end === null) return;
    const flag = flagUnder(event);
    const [here, spot] = [points[end], spotUnder(event)];
    if (start === null || start === end) {
      if (flag !== undefined) onMarker?.(flag);
      else if (spot === "axis" && here) onAxis?.(here);
      else if (start !== null && here) onOpen?.(here);
      return;
    }
    const [first, last] = [points[Math.min(start, end)], points[Math.max(start, end)]];
    if (first && last) onZoom?.(first, last);
  };

  return {
    at,
    spot: seen?.spot ?? "plot",
    byKey: seen?.byKey ?? false,
    stretch: start !== null && at !== null && start !== at && onZoom ? [start, at] : null,
    handlers: {
      onPointerMove: (event) => {
        const found = under(event);
        setSeen(found === null ? null : { at: found, byKey: false, spot: spotUnder(event) });
      },
      onPointerLeave: () => {
        setSeen(null);
        setStart(null);
      },
      onPointerDown: (event) => {
        if (event.button === 0 && event.pointerType !== "touch") setStart(under(event));
      },
      onPointerUp: finish,
      onKeyDown: (event) => {
        const found = stepped(event, at, points.length);
        if (found !== undefined) {
          event.preventDefault();
          setSeen(found === null ? null : { at: found, byKey: true, spot: "plot" });
        } else if (event.key === "Enter" && at !== null && points[at]) onOpen?.(points[at]);
      },
      onBlur: () => {
        setSeen(null);
      },
    },
  };
}

interface Pointing {
  /** The number of the point that is nearest. */
  readonly under: (event: PointerEvent) => number | null;
  readonly flagUnder: (event: PointerEvent) => Marker | undefined;
  readonly spotUnder: (event: PointerEvent) => Spot;
}

/** What is under a pointer. */
function pointing({ points, markers, box, onMarker, onAxis }: Pick<Picking, "points" | "markers" | "box" | "onMarker" | "onAxis">): Pointing {
  const flagUnder = (event: PointerEvent): Marker | undefined => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    if (onMarker === undefined || event.clientY - top > box.top) return undefined;
    return markers.find((each) => Math.abs(xOf(each.at, points.length, box) - (event.clientX - left)) <= FLAG_PX);
  };
  return {
    under: (event) => nearest(event.clientX - event.currentTarget.getBoundingClientRect().left, points.length, box),
    flagUnder,
    spotUnder: (event) => {
      if (flagUnder(event) !== undefined) return "flag";
      return onAxis !== undefined && event.clientY - event.currentTarget.getBoundingClientRect().top > box.top + box.height ? "axis" : "plot";
    },
  };
}

/** By key: the point after it, of so many. */
const KEYS: Readonly<Record<string, (at: number | null, last: number) => number>> = {
  ArrowRight: (at, last) => Math.min(last, (at ?? -1) + 1),
  ArrowLeft: (at, last) => Math.max(0, (at ?? last + 1) - 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** The point after a key; null lets go, undefined is none of our keys. */
function stepped(event: KeyboardEvent, at: number | null, count: number): number | null | undefined {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
  if (event.key === "Escape") return at === null ? undefined : null;
  const step = KEYS[event.key];
  if (step === undefined) return undefined;
  return count === 0 ? null : step(at, count - 1);
}
