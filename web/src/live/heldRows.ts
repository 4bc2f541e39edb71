/**
 * Rows in an order that was there before: with what they say now, and without those that are gone. What comes after all of
 * them is at the end, where it moves nothing; of the rest it is said how many are new and not shown yet.
 */
export function heldRows<T>(rows: readonly T[], id: (row: T) => string, order: readonly string[]): { shown: readonly T[]; fresh: number } {
  const found = new Map(rows.map((row) => [id(row), row]));
  const known = new Set(order);
  const last = rows.findLastIndex((row) => known.has(id(row)));
  const after = last < 0 ? [] : rows.slice(last + 1);
  const shown = [...order.flatMap((each) => found.get(each) ?? []), ...after];
  return { shown, fresh: rows.length - shown.length };
}
