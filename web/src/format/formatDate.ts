const DATE = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/;
const HOUR = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})/;
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

function intl(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

/** The instant at which a local date begins in UTC, where it is written out again: no zone of the browser comes in. */
function utc(date: string): number | null {
  const found = DATE.exec(date);
  return found ? Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3] ?? 1)) : null;
}

const STYLES = {
  day: { day: "numeric", month: "short" },
  dayAndYear: { day: "numeric", month: "short", year: "numeric" },
  weekday: { weekday: "short", day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type DateStyle = keyof typeof STYLES;

/** A local date ("2026-03-01") or month ("2026-03") of the company. What is no date is given back as it is. */
export function formatDate(date: string, style: DateStyle, locale: string): string {
  const time = utc(date);
  return time === null ? date : intl(locale, { ...STYLES[style], timeZone: "UTC" }).format(time);
}

/** From one local date to another, both included: "21 – 27 Nov 2026". */
export function formatDates(first: string, last: string, locale: string): string {
  const [from, to] = [utc(first), utc(last)];
  if (from === null || to === null) return `${first} – ${last}`;
  return intl(locale, { ...STYLES.dayAndYear, timeZone: "UTC" }).formatRange(from, to);
}

/** The label of a bucket of time as the API names it: a day, week, month, or an hour with its offset. */
export function formatBucket(bucket: string, locale: string, style: DateStyle = "day"): string {
  const hour = HOUR.exec(bucket);
  if (hour?.[1]) return `${formatDate(hour[1], "day", locale)}, ${clock(`${hour[2] ?? ""}:${hour[3] ?? ""}`, locale)}`;
  return formatDate(bucket, bucket.length === 7 ? "month" : style, locale);
}

/** A time of day, "16:00", as people of a place write it. */
function clock(time: string, locale: string): string {
  return intl(locale, { timeStyle: "short", timeZone: "UTC" }).format(Date.parse(`2026-01-01T${time}:00Z`));
}

/** An instant, as the clocks of a zone show it. */
export function formatInstant(instant: string, zone: string, locale: string, seconds = false): string {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return instant;
  const options = { dateStyle: "medium", timeStyle: seconds ? "medium" : "short", timeZone: zone } as const;
  return intl(locale, options).format(time);
}

/** An instant, short: day and time, as the clocks of a zone show it; for lists, beside which the year is known. */
export function formatMoment(instant: string, zone: string, locale: string): string {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return instant;
  return intl(locale, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone }).format(time);
}

/** How long after an instant another one was: "+ 2 sec", "+ 3 hr". Empty if it was not after. */
export function formatLater(instant: string, start: string, locale: string): string {
  const seconds = Math.round((Date.parse(instant) - Date.parse(start)) / 1_000);
  if (!(seconds > 0)) return "";
  const [size, unit] = seconds < 60 ? [1, "second"] : seconds < 3_600 ? [60, "minute"] : seconds < 172_800 ? [3_600, "hour"] : [86_400, "day"];
  return `+ ${new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(Math.round(seconds / size))}`;
}

/** What the clocks of a zone show at an instant: "00:31". */
export function formatTime(instant: string, zone: string, locale: string): string {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? instant : intl(locale, { timeStyle: "short", timeZone: zone }).format(time);
}

/** The local date of an instant in a zone, "2026-03-01". */
export function dateIn(instant: string, zone: string): string {
  return intl("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone }).format(Date.parse(instant));
}

/** The last local date of a window whose end is not included. */
export function lastDateBefore(instant: string, zone: string): string {
  return dateIn(new Date(Date.parse(instant) - 1).toISOString(), zone);
}

/** What clocks and calendars of a zone show at an instant, "2026-03-18T14:05": as fields for a date with its time want it. */
export function localTime(instant: string, zone: string): string {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone } as const;
  const parts = new Map(intl("en-US", options).formatToParts(Date.parse(instant)).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/**
 * The instant at which clocks of a zone show a local time, `localTime` the other way round. Of a time that a clock shows
 * twice it is one of both; of one that it leaves out it is near.
 *
 * @returns RFC 3339 in UTC; null if it is no local time.
 */
export function instantOf(local: string, zone: string): string | null {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  for (let turn = 0; turn < 2; turn += 1) at += wanted - Date.parse(`${localTime(new Date(at).toISOString(), zone)}Z`);
  return new Date(at).toISOString();
}

/** A weekday; 1 is Monday, as in ISO 8601. */
export function formatWeekday(weekday: number, locale: string, style: "short" | "long" = "short"): string {
  return intl(locale, { weekday: style, timeZone: "UTC" }).format(MONDAY + (weekday - 1) * DAY_MS);
}

/** How long ago something was, seen from another instant; both as the API gave them. */
export function formatAgo(instant: string, asOf: string, locale: string): string {
  const seconds = Math.round((Date.parse(instant) - Date.parse(asOf)) / 1_000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3_600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3_600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}
