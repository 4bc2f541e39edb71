/** Rows that are drawn: from the first one to the one before `to`. */
export interface Drawn {
  readonly from: number;
  readonly to: number;
}

const BEYOND = 8;

/** Which of many rows of one height are near what is seen; the others are only room. */
export function drawnRows(top: number, height: number, row: number, total: number): Drawn {
  const first = Math.floor(Math.max(0, top) / row) - BEYOND;
  const last = Math.ceil((Math.max(0, top) + height) / row) + BEYOND;
  const from = Math.max(0, Math.min(first, total - 1));
  return { from, to: Math.max(from, Math.min(last, total)) };
}

/** Where to scroll so that a row is seen whole: not at all, if it is. */
export function scrolledTo(index: number, top: number, height: number, row: number): number {
  const start = index * row;
  if (start < top) return start;
  return start + row > top + height ? start + row - height : top;
}

/** The index a step away, within the list; from nowhere, the first step leads to the first row. */
export function stepped(index: number, step: 1 | -1, total: number): number | null {
  if (total === 0) return null;
  if (index < 0) return 0;
  const next = index + step;
  return next < 0 || next >= total ? null : next;
}
