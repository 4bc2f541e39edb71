import type { Period } from "@/url/view";

/** The periods of the menu, in groups, with the key of each (`PERIOD_KEYS`). */
export const PERIOD_GROUPS = [
  [["today", "D"], ["yesterday", "E"]],
  [["7d", "W"], ["28d", ""], ["30d", "T"], ["91d", "N"]],
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

/** The Monday of the week of a local date. */
export function mondayOf(date: string): string {
  return daysAfter(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** The days that may be looked at at all, both included; null does not bound. */
export interface Bounds {
  readonly first: string | null;
  readonly last: string | null;
  readonly today: string;
}

const WITHOUT_BOUNDS = ["30d", "7d", "today"];

/** The local dates of a period, if today is so; null is all time, or a name that only the API knows. */
export function datesOf(period: Period, today: string): Dates | null {
  if (!("name" in period)) return period;
  const { name } = period;
  const monday = mondayOf(today);
  const count = Number.parseInt(name, 10);
  const [month, lastMonth] = [monthsAfter(today, 0), monthsAfter(today, -1)];
  const named: Readonly<Record<string, Dates>> = {
    today: { first: today, last: today },
    yesterday: { first: daysAfter(today, -1), last: daysAfter(today, -1) },
    week: { first: monday, last: today },
    last_week: { first: daysAfter(monday, -7), last: daysAfter(monday, -1) },
    month: { first: month, last: today },
    last_month: { first: lastMonth, last: daysAfter(month, -1) },
    quarter: { first: monthsAfter(today, -(monthNumber(today) % 3)), last: today },
    ytd: { first: `${today.slice(0, 4)}-01-01`, last: today },
  };
  if (Object.hasOwn(named, name)) return named[name] ?? null;
  if (/^\d+d$/.test(name)) return { first: daysAfter(today, 1 - count), last: today };
  return /^\d+mo$/.test(name) ? { first: monthsAfter(today, 1 - count), last: today } : null;
}

/** Whether all days of a period may be looked at. */
export function isWithin(period: Period, bounds: Bounds): boolean {
  if (bounds.first === null && bounds.last === null) return true;
  const dates = datesOf(period, bounds.today);
  if (dates === null) return false;
  return (bounds.first === null || dates.first >= bounds.first) && (bounds.last === null || dates.last <= bounds.last);
}

/** The period, if it may be looked at; else one that may: some days up to now, or the last ones there are. */
export function within(period: Period, bounds: Bounds): Period {
  const found = [period, ...WITHOUT_BOUNDS.map((name) => ({ name }))].find((each) => isWithin(each, bounds));
  if (found !== undefined) return found;
  const last = bounds.last ?? bounds.today;
  const month = daysAfter(last, -29);
  return { first: bounds.first !== null && bounds.first > month ? bounds.first : month, last };
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

/** The units of time that a chart can have, from the shortest. */
export const UNITS = ["date_hour", "day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

const MOST_DAYS: Readonly<Record<Unit, number>> = { date_hour: 14, day: 400, week: Infinity, month: Infinity };
const LEAST_DAYS: Readonly<Record<Unit, number>> = { date_hour: 1, day: 2, week: 8, month: 32 };

/** The units that make a line of a period: more than one point, and not so many that none is seen. */
export function unitsOf(period: Period): readonly Unit[] {
  const days = lengthOf(period);
  return UNITS.filter((unit) => LEAST_DAYS[unit] <= days && days <= MOST_DAYS[unit]);
}

/** The unit that somebody chose for a period, else the one that gives some dozens of points. */
export function unitOf(period: Period, chosen?: string): Unit {
  return unitsOf(period).find((unit) => nameOfUnit(unit) === chosen) ?? bucketOf(period);
}

/** A unit as the address has it. */
export function nameOfUnit(unit: Unit): "hour" | "day" | "week" | "month" {
  return unit === "date_hour" ? "hour" : unit;
}

const LENGTHS: Readonly<Record<string, number>> = { today: 1, yesterday: 1, week: 7, last_week: 7, month: 31, last_month: 31, quarter: 92, ytd: 366, all: Infinity };

/** Of how many days a period is, or may be. */
function lengthOf(period: Period): number {
  if (!("name" in period)) return daysOf(period);
  const { name } = period;
  const count = Number.parseInt(name, 10);
  return LENGTHS[name] ?? (name.endsWith("mo") ? count * 31 : count);
}

/** The unit of time that a chart of a period has by itself: some dozens of points. */
export function bucketOf(period: Period): Unit {
  const days = lengthOf(period);
  return days <= 2 ? "date_hour" : days <= 100 ? "day" : days <= 750 ? "week" : "month";
}

/**
 * Whether a bucket of time has not begun: there is nothing of it to be shown, which is not 0.
 *
 * @param now when the answer is of, as an instant and as the local date.
 */
export function isAhead(bucket: string, unit: Unit, now: { readonly instant: string; readonly date: string }): boolean {
  if (unit === "date_hour") return Date.parse(bucket) > Date.parse(now.instant);
  return bucket > now.date.slice(0, bucket.length);
}

/** The dates that a bucket of time is of. */
export function datesOfBucket(bucket: string, unit: Unit): Dates {
  if (unit === "month") return { first: `${bucket}-01`, last: daysAfter(monthsAfter(`${bucket}-01`, 1), -1) };
  const first = bucket.slice(0, 10);
  return { first, last: unit === "week" ? daysAfter(first, 6) : first };
}
