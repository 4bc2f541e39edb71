import { FIELDS, METRICS } from "@/generated/catalogue";
import type { FieldName, MetricName } from "@/figures";
import { joined, printValues, readValue, split } from "./values";
import { COMPARISONS, DEFAULT_VIEW, OPERATORS, type Comparison, type Filter, type Notice, type Operator, type Period, type View } from "./view";

/*
 * The query of an address, version 1: `?p=30d&c=prev&f=language,is,de&m=csat`, in this order, without what is as
 * ever. It is an interface: links to it are in chats and mails. What it says today it says for good; what comes to be
 * said in another way gets a higher `v` and a reader in READERS, and the old one stays.
 *
 *   v  version, absent: 1
 *   p  period: a name, or two dates `2026-03-01,2026-03-07`, both included
 *   c  comparison: none, prev, prev_whole, year; then perhaps `,weekday`
 *   f  filter, any number of them: field, operator, values
 *   m  metric of the main chart; of a list of conversations, the figure that they are behind
 *
 * Of single pages besides: `by` the unit of time of the main chart (hour, day, week, month), `q` what is looked for in
 * conversations, `before` the moment before which a search goes on, `question` a question whose gap is looked for (its normal form), `state`, `order` and `signal` of gaps,
 * `sort` the order of the overview.
 */

const NAMED = /^(?:today|yesterday|week|last_week|month|last_month|quarter|ytd|all|[1-9]\d{0,3}d|[1-9]\d{0,2}mo)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const OURS = ["v", "p", "c", "f", "m"];
/** What the API calls the same things: whoever writes an address by hand, or has one from elsewhere, is told. */
const OF_THE_API = ["from", "to", "period", "compare", "filter", "filters", "metric", "metrics"];

type Reader = (asked: URLSearchParams) => { view: View; notices: Notice[] };
const READERS: Readonly<Record<string, Reader>> = { "1": readFirst };

/** What an address asks for, and what of it could not be used. It never fails. */
export function parseView(query: string): { view: View; notices: Notice[] } {
  const asked = new URLSearchParams(query);
  const version = asked.get("v") ?? "1";
  const reader = Object.hasOwn(READERS, version) ? READERS[version] : undefined;
  if (reader) return reader(asked);
  const { view, notices } = readFirst(asked);
  return { view, notices: [{ about: "version", value: version }, ...notices] };
}

/** The query of an address, with its question mark; "" if everything is as ever. */
export function printView(view: View, others: Readonly<Record<string, string>> = {}): string {
  const parts: [string, string][] = [];
  if (!samePeriod(view.period, DEFAULT_VIEW.period)) parts.push(["p", printPeriod(view.period)]);
  if (printComparison(view.compare) !== printComparison(DEFAULT_VIEW.compare)) parts.push(["c", printComparison(view.compare)]);
  for (const filter of view.filters) parts.push(["f", printFilter(filter)]);
  if (view.metric !== null) parts.push(["m", view.metric]);
  for (const name of Object.keys(others).sort()) parts.push([name, others[name] ?? ""]);
  const text = parts.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return text === "" ? "" : `?${text.replace(/[.,:]$/, (last) => `%${last.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

/** What else stands in an address: the parameters of single pages. */
export function otherParameters(query: string): Record<string, string> {
  return Object.fromEntries([...new URLSearchParams(query)].filter(([name]) => !OURS.includes(name)));
}

function readFirst(asked: URLSearchParams): { view: View; notices: Notice[] } {
  const notices: Notice[] = [];
  const take = <T>(about: Notice["about"], name: string, read: (text: string) => T | null, otherwise: T): T => {
    const text = asked.get(name);
    if (text === null) return otherwise;
    const found = read(text);
    if (found === null) notices.push({ about, value: text });
    return found ?? otherwise;
  };
  const period = take("period", "p", readPeriod, DEFAULT_VIEW.period);
  const compare = take("compare", "c", readComparison, DEFAULT_VIEW.compare);
  const filters: Filter[] = [];
  for (const text of asked.getAll("f")) {
    const filter = readFilter(text);
    if (filter === null) notices.push({ about: "filter", value: text });
    else filters.push(filter);
  }
  const foreign = OF_THE_API.flatMap((name) => asked.getAll(name).map((text) => `${name}=${text}`));
  if (foreign.length > 0) notices.push({ about: "parameter", value: foreign.join("&") });
  const metric = take("metric", "m", readMetric, DEFAULT_VIEW.metric);
  return { view: { period, compare, filters, metric }, notices };
}

function readPeriod(text: string): Period | null {
  if (NAMED.test(text)) return { name: text };
  const [first, last, ...more] = text.split(",");
  if (first === undefined || last === undefined || more.length > 0) return null;
  return isDate(first) && isDate(last) && first <= last ? { first, last } : null;
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

/** A period as the address has it. */
export function printPeriod(period: Period): string {
  return "name" in period ? period.name : `${period.first},${period.last}`;
}

function samePeriod(one: Period, other: Period): boolean {
  return printPeriod(one) === printPeriod(other);
}

function readComparison(text: string): Comparison | null {
  const [name, aligned, ...more] = text.split(",");
  const found = COMPARISONS.find((each) => each === name);
  if (found === undefined || more.length > 0 || (aligned !== undefined && aligned !== "weekday")) return null;
  return { with: found, weekday: aligned === "weekday" };
}

function printComparison(comparison: Comparison): string {
  return comparison.weekday ? `${comparison.with},weekday` : comparison.with;
}

function readFilter(text: string): Filter | null {
  const [field, op, ...texts] = split(text) ?? [];
  if (typeof field !== "string" || !isField(field)) return null;
  const operator = OPERATORS.find((each) => each === op);
  if (operator === undefined || !(FIELDS[field].operators as readonly string[]).includes(spoken(operator))) return null;
  const values = texts.map((each) => readValue(each, field));
  const [first, ...rest] = values.filter((value) => value !== undefined);
  if (first === undefined || rest.length + 1 !== values.length) return null;
  if (operator === "between" ? values.length !== 2 : operator === "contains" && values.length !== 1) return null;
  return { field, op: operator, values: [first, ...rest] };
}

/** A filter as the address has it. */
export function printFilter(filter: Filter): string {
  return `${joined([filter.field, filter.op])},${printValues(filter.values)}`;
}

/** An operator as the API has it. */
export function spoken(operator: Operator): string {
  return operator === "is_not" ? "is not" : operator;
}

function readMetric(text: string): MetricName | null {
  return Object.hasOwn(METRICS, text) ? (text as MetricName) : null;
}

function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}

/** Percent signs only where they are needed, so that people can read the address; also for what ends links in chats. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/%(2C|2F|3A|40)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
