import type { Period } from "@/url/view";

/** The periods of the menu, in groups, with the key of each. */
export const PERIOD_GROUPS = [
  [["today", "D"], ["yesterday", "E"]],
  [["7d", "W"], ["28d", "F"], ["30d", "T"], ["91d", "N"]],
  [["week", ""], ["last_week", ""], ["month", "M"], ["last_month", "P"], ["quarter", ""], ["ytd", "Y"]],
  [["6mo", "S"], ["12mo", "L"], ["all", "A"]],
] as const;

/** Local dates, both included. */
export interface Dates {
  readonly first: string;
  readonly last: string;
}

const DAY_MS = 86_400_000;
const MONTHS: Readonly<Record<string, number>> = { month: 1, last_month: 1, quarter: 3, ytd: 12 };

/** A local date some days later. */
export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days there are from one date to another, both included. */
export function daysOf({ first, last }: Dates): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS) + 1;
}

/**
 * The period before or after: as many whole months if it is of months, else as many days. Null if there is none, as
 * after today.
 *
 * @param shown the dates that the period is of now.
 * @param today the local date of now, as the API said it.
 */
export function stepped(period: Period, shown: Dates, by: -1 | 1, today: string): Period | null {
  if ("name" in period && period.name === "all") return null;
  if (by === 1 && shown.last >= today) return null;
  const months = monthsOf(period, shown);
  const days = "name" in period && period.name.endsWith("week") ? 7 : daysOf(shown);
  const first = months > 0 ? monthsAfter(shown.first, by * months) : daysAfter(shown.first, by * days);
  const last = months > 0 ? daysAfter(monthsAfter(first, months), -1) : daysAfter(first, days - 1);
  return last > today && months === 0 && days > 7 ? { first: daysAfter(today, 1 - days), last: today } : { first, last: last > today ? today : last };
}

/** Of how many whole months a period is; 0 if it is not of months. */
function monthsOf(period: Period, shown: Dates): number {
  if ("name" in period) return MONTHS[period.name] ?? (period.name.endsWith("mo") ? Number.parseInt(period.name, 10) : 0);
  if (!shown.first.endsWith("-01") || !daysAfter(shown.last, 1).endsWith("-01")) return 0;
  return monthNumber(daysAfter(shown.last, 1)) - monthNumber(shown.first);
}

function monthNumber(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

function monthsAfter(date: string, months: number): string {
  const number = monthNumber(date) + months;
  return `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}-01`;
}

/** The unit of time that a chart of a period has: some dozens of points. */
export function bucketOf(period: Period): "date_hour" | "day" | "week" | "month" {
  if (!("name" in period)) return bucketOfDays(daysOf(period));
  const { name } = period;
  if (name === "today" || name === "yesterday") return "date_hour";
  if (name === "all") return "month";
  if (name === "ytd") return "week";
  const count = Number.parseInt(name, 10);
  if (name.endsWith("mo")) return bucketOfDays(count * 31);
  return Number.isNaN(count) ? "day" : bucketOfDays(count);
}

function bucketOfDays(days: number): "date_hour" | "day" | "week" | "month" {
  return days <= 2 ? "date_hour" : days <= 100 ? "day" : days <= 750 ? "week" : "month";
}

/** The dates that a bucket of time is of. */
export function datesOfBucket(bucket: string, unit: "date_hour" | "day" | "week" | "month"): Dates {
  if (unit === "month") return { first: `${bucket}-01`, last: daysAfter(monthsAfter(`${bucket}-01`, 1), -1) };
  const first = bucket.slice(0, 10);
  return { first, last: unit === "week" ? daysAfter(first, 6) : first };
}
