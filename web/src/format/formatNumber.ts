import type { Figure, MetricName } from "@/figures";
import { magnitude } from "@/format/magnitude";
import { METRICS } from "@/generated/catalogue";

/** What stands where nothing can be said. */
export const NOTHING = "–";

const MINUS = "\u2212";
const formatters = new Map<string, Intl.NumberFormat>();

function intl(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  formatters.set(key, made);
  return made;
}

function signed(text: string): string {
  return text.replace("-", MINUS);
}

/** A count, whole: "12,345". */
export function formatCount(figure: Figure, locale: string): string {
  return signed(intl(locale, { maximumFractionDigits: 0 }).format(magnitude(figure)));
}

/** A number with at most one or two places after the point. */
export function formatDecimal(figure: Figure, locale: string, places = 1): string {
  return signed(intl(locale, { maximumFractionDigits: places, minimumFractionDigits: places }).format(magnitude(figure)));
}

/** A count that must be short: "12.3K", for axes and narrow places. */
export function formatShort(figure: Figure, locale: string): string {
  return signed(intl(locale, { notation: "compact", maximumFractionDigits: 1 }).format(magnitude(figure)));
}

/**
 * A share as percent with one decimal. 0 % and 100 % are said only where they are exact: what would be rounded to
 * them is "< 0.1 %" or "> 99.9 %".
 */
export function formatShare(figure: Figure, locale: string): string {
  const share = magnitude(figure);
  const percent = (value: number, places: number): string =>
    intl(locale, { style: "percent", minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
  if (share === 0 || share === 1) return percent(share, 0);
  if (share > 0 && share < 0.001) return `< ${percent(0.001, 1)}`;
  if (share < 1 && share > 0.999) return `> ${percent(0.999, 1)}`;
  return signed(percent(share, 1));
}

/** Milliseconds in the unit that people would say them in: "850 ms", "3.2 s", "2 min 5 s". */
export function formatDuration(figure: Figure, locale: string): string {
  const ms = magnitude(figure);
  const unit = (value: number, name: string, places: number): string =>
    intl(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: places }).format(value);
  if (ms < 1_000) return unit(Math.round(ms), "millisecond", 0);
  if (ms < 59_950) return unit(ms / 1_000, "second", 1);
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  const minutes = unit((seconds - rest) / 60, "minute", 0);
  return rest === 0 ? minutes : `${minutes} ${unit(rest, "second", 0)}`;
}

/** A figure of a metric, as its unit wants it; a dash where there is none. */
export function formatFigure(figure: Figure | null | undefined, metric: MetricName, locale: string): string {
  if (figure === null || figure === undefined) return NOTHING;
  const { unit, type } = METRICS[metric];
  if (unit === "share") return formatShare(figure, locale);
  if (unit === "ms") return formatDuration(figure, locale);
  if (unit === "stars") return formatDecimal(figure, locale, 2);
  return type === "number" ? formatCount(figure, locale) : formatDecimal(figure, locale, 1);
}

/** A label of the axis of a metric: short, without decimals that say nothing. */
export function formatTick(figure: Figure, metric: MetricName, locale: string): string {
  const { unit } = METRICS[metric];
  if (unit === "share") return intl(locale, { style: "percent", maximumFractionDigits: 1 }).format(magnitude(figure));
  if (unit === "ms") return formatDuration(figure, locale);
  return formatShort(figure, locale);
}

/** A confidence score, with as many places as it takes to tell it from a threshold: "0.10", "0.199". */
export function formatScore(score: number, locale: string, threshold?: number): string {
  const write = (number: number, places: number): string =>
    signed(intl(locale, { minimumFractionDigits: places, maximumFractionDigits: places }).format(number));
  if (threshold === undefined || score === threshold) return write(score, 2);
  const places = [2, 3, 4, 5, 6].find((each) => write(score, each) !== write(threshold, each));
  return write(score, places ?? 6);
}

/** A number that somebody sent, with up to two places: "1,234.5". */
export function formatValue(value: number, locale: string): string {
  return signed(intl(locale, { maximumFractionDigits: 2 }).format(value));
}
