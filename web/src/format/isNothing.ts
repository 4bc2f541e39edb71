import type { Figure } from "@/figures";
import { magnitude } from "./magnitude";

/** Whether a figure is 0 or none. */
export function isNothing(figure: Figure | null | undefined): boolean {
  return figure === null || figure === undefined || magnitude(figure) === 0;
}
