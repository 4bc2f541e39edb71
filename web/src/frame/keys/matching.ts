import { plainText } from "@/format/plainText";

/** Something that the palette offers. */
export interface Offer {
  readonly id: string;
  readonly group: string;
  readonly text: string;
  /** What it is found by besides. */
  readonly also?: string;
  readonly hint?: string;
  readonly onPick: () => void;
}

const MOST = 60;

/** The offers in which every word that was typed begins a word, else stands; groups in their order, better ones first in each. */
export function matching(offers: readonly Offer[], typed: string): Offer[] {
  const words = plainText(typed).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return offers.slice(0, MOST);
  const groups = [...new Set(offers.map((offer) => offer.group))];
  return offers
    .map((offer) => ({ offer, worth: worthOf(offer, words) }))
    .filter(({ worth }) => worth > 0)
    .sort((one, other) => groups.indexOf(one.offer.group) - groups.indexOf(other.offer.group) || other.worth - one.worth)
    .slice(0, MOST)
    .map(({ offer }) => offer);
}

function worthOf(offer: Offer, words: readonly string[]): number {
  const text = plainText(offer.text);
  const all = `${text} ${plainText(offer.also ?? "")}`;
  let worth = 0;
  for (const word of words) {
    if (!all.includes(word)) return 0;
    worth += text.startsWith(word) ? 3 : ` ${all}`.includes(` ${word}`) ? 2 : 1;
  }
  return worth;
}
