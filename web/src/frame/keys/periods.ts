import type { Period } from "@/url/view";

/** The periods that have a key of their own. `12mo` and `6mo` are whole months up to now. */
export const PERIOD_KEYS = {
  d: "today",
  e: "yesterday",
  w: "7d",
  t: "30d",
  n: "91d",
  m: "month",
  p: "last_month",
  y: "ytd",
  s: "6mo",
  l: "12mo",
  a: "all",
} as const satisfies Readonly<Record<string, string>>;

/** The period of a key. */
export function periodOf(key: keyof typeof PERIOD_KEYS): Period {
  return { name: PERIOD_KEYS[key] };
}
