import { contrast, mixed } from "@/format/contrast";

/** What of the tokens a theme's accent is set against; `tokens.css` has the same, which a test holds. */
export const GROUNDS = {
  light: { surface: "#ffffff", bg: "#fbfbfa", sunken: "#f4f4f2", text: "#1b1b18", towards: "#000000" },
  dark: { surface: "#18181b", bg: "#111113", sunken: "#0c0c0e", text: "#ededef", towards: "#ffffff" },
} as const;
export type Scheme = keyof typeof GROUNDS;

const INKS = ["#ffffff", "#0b1730", "#000000"] as const;
const READ = 4.5;
const STEP = 1 / 64;
/** How much of the accent is in each step of the heat map; the last one is beyond it. */
const HEAT = [0.08, 0.2, 0.34, 0.48, 0.7, 1];
const BEYOND = 0.25;
const BAR = 0.14;

/** An accent made readable: the tokens that follow from it, by name without `--`. */
export function tokensOf(accent: string, scheme: Scheme): Record<string, string> {
  const { surface, bg, sunken, text, towards } = GROUNDS[scheme];
  const own = readable(accent, [surface, bg, sunken], towards);
  const heat = HEAT.map((share, at) => (at < 4 ? below(surface, own, share, text) : mixed(surface, own, share)));
  const beyond = mixed(own, towards, BEYOND);
  return {
    accent: own,
    "accent-ink": inkOn(own),
    "series-1": own,
    bar: below(surface, own, BAR, text),
    ...Object.fromEntries([...heat, beyond].map((color, at) => [`heat-${String(at + 1)}`, color])),
    "heat-ink-5": inkOn(heat[4] ?? own),
    "heat-ink-6": inkOn(own, beyond),
  };
}

/** The colour, moved as little as it takes until it can be read on all grounds. */
function readable(color: string, grounds: readonly string[], towards: string): string {
  for (let share = 0; share < 1; share += STEP) {
    const tried = mixed(color, towards, share);
    if (grounds.every((ground) => contrast(tried, ground) >= READ)) return tried;
  }
  return towards;
}

/** A tint of a ground on which its text can be read: at most so much of the colour. */
function below(ground: string, color: string, most: number, text: string): string {
  for (let share = most; share > 0; share -= STEP) {
    const tried = mixed(ground, color, share);
    if (contrast(tried, text) >= READ) return tried;
  }
  return ground;
}

/** The ink that is read best where it is read worst. */
function inkOn(...colors: readonly string[]): string {
  const worst = (ink: string): number => Math.min(...colors.map((color) => contrast(ink, color)));
  return INKS.find((ink) => worst(ink) >= READ) ?? [...INKS].sort((one, other) => worst(other) - worst(one))[0] ?? INKS[0];
}

/** An accent as CSS, of both themes at once: name of the token and value. */
export function accentTokens(accent: string): [string, string][] {
  const [light, dark] = [tokensOf(accent, "light"), tokensOf(accent, "dark")];
  return Object.keys(light).map((name) => [`--${name}`, `light-dark(${light[name] ?? ""}, ${dark[name] ?? ""})`]);
}
