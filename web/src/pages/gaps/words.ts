import type { Formats } from "@/format/useFormats";
import type { Say, TextId } from "@/texts/texts";
import type { Filter, View } from "@/url/view";
import { SIGNALS, WEAKER, type Gap, type GapDetail, type Signal } from "./gaps";

/** A number of conversations a month, no finer than it is sure: 0.4, 12. */
export function aboutAMonth(number: number): number {
  return number >= 10 ? Math.round(number) : Math.round(number * 10) / 10;
}

/** The same as text. */
export function perMonth(number: number, formats: Formats): string {
  return formats.value(aboutAMonth(number));
}

/** Between which shares it is with 95% certainty; null where nothing is known. */
export function betweenText(interval: readonly number[] | null | undefined, formats: Formats): string | null {
  const [low, high] = interval ?? [];
  return low === undefined || high === undefined ? null : `${formats.share(low)} – ${formats.share(high)}`;
}

/** Whether somebody has still to answer it: of what is fixed or dismissed nothing is to be saved. */
export function awaitsAnswer({ state }: Gap): boolean {
  return state === "open" || state === "reopened";
}

/** Between how many conversations a month it is, never on two lines; null where that is the number itself. */
export function monthlyRange(impact: Gap["impact"], formats: Formats): string | null {
  const [low, high] = impact.interval.map((each) => perMonth(each, formats));
  return low === undefined || high === undefined || low === high ? null : `${low}\u00a0–\u2060\u00a0${high}`;
}

/** How an estimate of saved conversations was worked out, sentence by sentence. */
export function workingOf({ impact }: Gap, say: Say, formats: Formats): string[] {
  const range = monthlyRange(impact, formats);
  const texts = [
    say("gap.impact.asked", { n: impact.sessions_28d }),
    impact.share_without_other_gap === null ? null : say("gap.impact.alone", { share: formats.share(impact.share_without_other_gap) }),
    say(impact.expected_from === "default" ? "gap.impact.expected.default" : "gap.impact.expected.verified", { share: formats.share(impact.expected_failing_share) }),
    range === null ? null : say("gap.impact.between", { range }),
  ];
  return texts.filter((each) => each !== null);
}

export interface SignText {
  readonly signal: Signal;
  readonly text: string;
  readonly weaker: boolean;
}

/** The signs that visitors of a gap were not answered, the surest first; those that nobody gave are left out. */
export function signsOf(gap: Gap, say: Say): SignText[] {
  return SIGNALS.filter((signal) => gap.signals[signal] > 0).map((signal) => ({ signal, text: say(`gap.sign.${signal}`, { n: gap.signals[signal] }), weaker: WEAKER.has(signal) }));
}

/** The view that has the conversations in which some questions of a gap were not answered, or were asked at all where only weaker signs say so. */
export function behindQuestions(view: View, gap: Gap, questions: readonly string[]): View {
  const [first, ...more] = questions;
  if (first === undefined) return { ...view, metric: null, filters: [] };
  const filter: Filter = { field: gap.strength === "weaker" ? "question" : "unanswered_question", op: "is", values: [first, ...more] };
  return { ...view, metric: null, filters: [filter] };
}

/** What proxies let through of an address, less what else stands in it. */
const LONGEST_ADDRESS = 6_000;

/** The first of some questions, as many as fit into an address; one at least. */
export function inAnAddress(questions: readonly string[]): readonly string[] {
  let length = 0;
  const tooMany = questions.findIndex((each) => (length += encodeURIComponent(each).length + 1) > LONGEST_ADDRESS);
  return tooMany < 0 ? questions : questions.slice(0, Math.max(1, tooMany));
}

/** What a change of a gap was, in a few words. */
export function changeText(entry: GapDetail["history"][number], say: Say): string {
  const state = (name: string | null): string => say(`gap.state.${name ?? "open"}` as TextId);
  switch (entry.change) {
    case "state":
      return say("gap.history.state", { from: state(entry.from), to: state(entry.to) });
    case "title":
      return entry.to === null ? say("gap.history.title.own") : say("gap.history.title", { title: entry.to });
    case "merged":
      return say("gap.history.merged");
    case "split":
      return say("gap.history.split");
    default:
      return say("gap.history.note");
  }
}

/** Whether a text is the question of a normal form, as far as can be told without the rules of the server. */
export function isAsked(text: string, key: string): boolean {
  const plain = (each: string): string => each.normalize("NFKC").toLowerCase().replace(/[\p{P}\p{S}\p{Z}\p{C}\s]+/gu, " ").trim();
  return plain(text) === plain(key);
}
