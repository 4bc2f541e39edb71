import { useLayoutEffect, useRef, useState, type RefObject } from "react";

import { drawnRows, type Drawn } from "./rows";
import { usePrinting } from "./usePrinting";

/** Which rows of a long table are drawn, and how high the room is before and after them. */
export interface LongList extends Drawn {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly before: number;
  readonly after: number;
  /** Whether it is drawn in part. */
  readonly long: boolean;
}

/** Longer lists than this are drawn in part: only what is near what is seen. */
const DRAWN_WHOLE = 200;

const REM_OF_ROW = 2.0625; // a row and the line below it
const COARSE_REM_OF_ROW = 2.8125;

/** What of so many rows is drawn while somebody scrolls in `scroller`; all of them, if they are not many, and on paper. */
export function useLongList(total: number): LongList {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  const [row] = useState(heightOfRow);
  const printing = usePrinting();
  const long = total > DRAWN_WHOLE && !printing;
  useLayoutEffect(() => {
    const place = scroller.current;
    if (place === null || !long) return undefined;
    const look = (): void => { setSeen({ top: place.scrollTop, height: place.clientHeight }); };
    look();
    place.addEventListener("scroll", look, { passive: true });
    return () => { place.removeEventListener("scroll", look); };
  }, [long]);
  if (!long) return { scroller, from: 0, to: total, before: 0, after: 0, long };
  const { from, to } = drawnRows(seen.top, seen.height, row, total);
  return { scroller, from, to, before: from * row, after: (total - to) * row, long };
}

function heightOfRow(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return rem * (window.matchMedia("(pointer: coarse)").matches ? COARSE_REM_OF_ROW : REM_OF_ROW);
}
