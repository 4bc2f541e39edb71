/** A place in a text: its first character and how many, in code points, as the API counts. */
export interface FoundPlace {
  readonly start: number;
  readonly length: number;
}

/** A piece of a text: plain, an address to open, or what was looked for. */
export interface Piece {
  readonly text: string;
  readonly link: string | null;
  readonly found: boolean;
}

/* An address ends at white space, at quotes and angle brackets, and at marks that nobody sees. */
const ADDRESS = /https?:\/\/[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/giu;
const AFTER = /[.,;:!?…)\]}*_]+$/u;

/** A text in pieces which together are the text, in its order. Only http and https are ever links. */
export function piecesOf(text: string, places: readonly FoundPlace[] = []): Piece[] {
  const found = inUnits(text, places);
  const links = linksIn(text);
  const cuts = [...new Set([0, text.length, ...[...found, ...links].flatMap((each) => [each.from, each.to])])].sort((one, other) => one - other);
  return cuts.slice(1).map((to, at) => {
    const from = cuts[at] ?? 0;
    const link = links.find((each) => each.from <= from && to <= each.to);
    return { text: text.slice(from, to), link: link?.href ?? null, found: found.some((each) => each.from <= from && to <= each.to) };
  });
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Code points as places of a string of JavaScript, which counts an emoji as two. */
function inUnits(text: string, places: readonly FoundPlace[]): Stretch[] {
  if (places.length === 0) return [];
  const starts = [0];
  for (const point of text) starts.push((starts.at(-1) ?? 0) + point.length);
  const unit = (point: number): number => starts[Math.max(0, Math.min(point, starts.length - 1))] ?? 0;
  return places.map(({ start, length }) => ({ from: unit(start), to: unit(start + length) }));
}

function linksIn(text: string): (Stretch & { readonly href: string })[] {
  return [...text.matchAll(ADDRESS)].flatMap((match) => {
    const shown = closed(match[0]);
    const url = URL.canParse(shown) ? new URL(shown) : null;
    if (url === null || url.hostname === "") return [];
    return [{ from: match.index, to: match.index + shown.length, href: url.href }];
  });
}

/** Without the marks of the sentence around it; a bracket that was opened inside belongs to it. */
function closed(address: string): string {
  const cut = address.replace(AFTER, "");
  return cut.includes("(") && address.charAt(cut.length) === ")" ? `${cut})` : cut;
}
