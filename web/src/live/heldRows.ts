/**
 * Rows in an order that was there before: with what they say now, without those that are gone, and how many are new
 * and not shown yet.
 */
export function heldRows<T>(rows: readonly T[], id: (row: T) => string, order: readonly string[]): { shown: readonly T[]; fresh: number } {
  const found = new Map(rows.map((row) => [id(row), row]));
  const shown = order.flatMap((each) => found.get(each) ?? []);
  return { shown, fresh: rows.length - shown.length };
}
