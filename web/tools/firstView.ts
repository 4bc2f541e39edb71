/** What is known of a module while chunks are made; a part of rolldown's `ModuleInfo`. */
export interface Linked {
  readonly isEntry: boolean;
  readonly importers: readonly string[];
}

/**
 * Whether the first view cannot do without a module. All of these are one chunk, since many small ones are packed worse and
 * are a request each. What begins it all is none of them: its name tells builds apart (`live/version.ts`).
 */
export function isOfFirstView(id: string, infoOf: (id: string) => Linked | null): boolean {
  const isEntry = (of: string): boolean => infoOf(of)?.isEntry === true;
  if (isEntry(id) || infoOf(id)?.importers.some(isEntry) === true) return false;
  const seen = new Set<string>();
  const left = [id];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (isEntry(next)) return true;
    left.push(...(infoOf(next)?.importers ?? []));
  }
  return false;
}
