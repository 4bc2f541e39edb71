import { useMemo } from "react";

import type { Change, DimensionName, Figure, Key, MetricName } from "@/figures";
import { localeOf, useTexts, type Language, type Say, type TextId, type Values } from "@/texts/texts";
import { formatChange, type ChangeText } from "./formatChange";
import { formatAgo, formatBucket, formatDate, formatDates, formatInstant, formatLater, formatMoment, formatTime, formatWeekday, type DateStyle } from "./formatDate";
import { formatLanguage, formatList } from "./formatName";
import { formatCount, formatDuration, formatFigure, formatScore, formatShare, formatTick, formatValue, NOTHING } from "./formatNumber";
import { magnitude, sealed } from "./magnitude";

/** Everything that is written of figures, times and names, in the language of the page. */
export interface Formats {
  readonly count: (figure: Figure) => string;
  /** A text that has a figure as its `n`, by the plural rules of the language; null where the figure is not known. */
  readonly counted: (id: TextId, figure: Figure | null | undefined, values?: Values) => string | null;
  readonly figure: (figure: Figure | null | undefined, metric: MetricName) => string;
  readonly tick: (figure: Figure, metric: MetricName) => string;
  readonly change: (change: Change | null | undefined, metric: MetricName) => ChangeText;
  readonly date: (date: string, style?: DateStyle) => string;
  readonly dates: (first: string, last: string) => string;
  readonly bucket: (bucket: string, style?: DateStyle) => string;
  readonly instant: (instant: string, zone: string) => string;
  readonly moment: (instant: string, zone: string) => string;
  readonly later: (instant: string, start: string) => string;
  readonly score: (score: number, threshold?: number) => string;
  /** Milliseconds that stand in an answer beside its figures, such as the latency of one message. */
  readonly duration: (ms: number) => string;
  readonly value: (value: number) => string;
  /** A share that stands in an answer beside its figures; a dash where it is not known. */
  readonly share: (share: number | null) => string;
  readonly time: (instant: string, zone: string) => string;
  readonly ago: (instant: string, asOf: string) => string;
  readonly weekday: (weekday: number, style?: "short" | "long") => string;
  /** What people call a key of a dimension; `labels` are those of the answer. */
  readonly key: (key: Key | undefined, dimension: DimensionName, labels?: Readonly<Record<string, string>>) => string;
  readonly list: (things: readonly string[]) => string;
}

/** The formats for a language; see `useFormats`. */
export function formatsFor(language: Language, say: Say): Formats {
  const locale = localeOf(language);
  return {
    count: (figure) => formatCount(figure, locale),
    counted: (id, figure, values = {}) => (figure === null || figure === undefined ? null : say(id, { ...values, n: magnitude(figure) })),
    figure: (figure, metric) => formatFigure(figure, metric, locale),
    tick: (figure, metric) => formatTick(figure, metric, locale),
    change: (change, metric) => formatChange(change, metric, locale),
    date: (date, style = "day") => formatDate(date, style, locale),
    dates: (first, last) => formatDates(first, last, locale),
    bucket: (bucket, style) => formatBucket(bucket, locale, style),
    instant: (instant, zone) => formatInstant(instant, zone, locale),
    moment: (instant, zone) => formatMoment(instant, zone, locale),
    later: (instant, start) => formatLater(instant, start, locale),
    score: (score, threshold) => formatScore(score, locale, threshold),
    duration: (ms) => formatDuration(sealed(ms), locale),
    value: (value) => formatValue(value, locale),
    share: (share) => (share === null ? NOTHING : formatShare(sealed(share), locale)),
    time: (instant, zone) => formatTime(instant, zone, locale),
    ago: (instant, asOf) => formatAgo(instant, asOf, locale),
    weekday: (weekday, style) => formatWeekday(weekday, locale, style),
    key: (key, dimension, labels) => formatKey(key, dimension, labels, locale, say),
    list: (things) => formatList(things, locale),
  };
}

const TIMES: readonly DimensionName[] = ["date_hour", "day", "week", "month", "cohort_week"];

function formatKey(
  key: Key | undefined,
  dimension: DimensionName,
  labels: Readonly<Record<string, string>> | undefined,
  locale: string,
  say: Say,
): string {
  if (key === null || key === undefined || key === "") return emptyKey(key, dimension, say);
  if (dimension === "language") return formatLanguage(String(key), locale) ?? say("key.unknown");
  if (dimension === "weekday" && typeof key === "number") return formatWeekday(key, locale, "long");
  if (TIMES.includes(dimension)) return formatBucket(String(key), locale);
  return labels?.[String(key)] ?? String(key);
}

function emptyKey(key: null | undefined | "", dimension: DimensionName, say: Say): string {
  if (dimension === "channel") return say("key.no_channel");
  return say(key === "" && dimension !== "language" ? "key.empty" : "key.unknown");
}

/** The formats of the page; the same object as long as the language is. */
export function useFormats(): Formats {
  const { say, language } = useTexts();
  return useMemo(() => formatsFor(language, say), [language, say]);
}
