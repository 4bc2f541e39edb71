import type { Change, MetricName } from "@/figures";
import { magnitude } from "@/format/magnitude";
import { NOTHING } from "@/format/formatNumber";
import { METRICS } from "@/generated/catalogue";

export type Direction = "up" | "down" | "same" | "unknown";

/** How a change reads and looks. */
export interface ChangeText {
  /** "+12.3 %", "+4.0" (points of a share), "" if it is new, or a dash. */
  readonly text: string;
  readonly direction: Direction;
  /** In which unit `text` is: percent of the figure before, or points, as shares change. */
  readonly unit: "percent" | "points" | "new" | "none";
  /** Whether the change is for the better; null where the metric does not say, or it may be noise. */
  readonly good: boolean | null;
}

const UNKNOWN: ChangeText = { text: NOTHING, direction: "unknown", unit: "none", good: null };

/** A change of a metric. Shares change in points, never in percent of percent; from nothing to something is "new". */
export function formatChange(change: Change | null | undefined, metric: MetricName, locale: string): ChangeText {
  if (change?.absolute == null) return UNKNOWN;
  const difference = magnitude(change.absolute);
  const direction: Direction = difference > 0 ? "up" : difference < 0 ? "down" : "same";
  const good = goodness(direction, metric, change.distinguishable);
  if (METRICS[metric].unit === "share") {
    return shown({ text: signed(difference * 100, locale, {}), direction, unit: "points", good });
  }
  if (change.relative === null) {
    if (change.unsaid === "partly_before") return UNKNOWN; // what was before is known in part: that is no news
    return direction === "up" ? { text: "", direction, unit: "new", good } : { ...UNKNOWN, direction };
  }
  return shown({ text: signed(magnitude(change.relative), locale, { style: "percent" }), direction, unit: "percent", good });
}

/** What rounds to nothing went neither up nor down, as far as anybody can see. */
function shown(told: ChangeText): ChangeText {
  return /[1-9]/.test(told.text) ? told : { ...told, direction: "same", good: null };
}

function goodness(direction: Direction, metric: MetricName, distinguishable: boolean | null): boolean | null {
  const { better } = METRICS[metric];
  if (distinguishable !== true || better === "none" || direction === "same") return null;
  return direction === better;
}

function signed(number: number, locale: string, options: Intl.NumberFormatOptions): string {
  const places = Math.abs(options.style === "percent" ? number * 100 : number) >= 100 ? 0 : 1;
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  return new Intl.NumberFormat(locale, { ...options, ...digits, signDisplay: "exceptZero" })
    .format(number)
    .replace("-", "\u2212");
}
