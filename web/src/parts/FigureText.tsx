import type { JSX } from "react";

import type { Change, Figure, MetricName } from "@/figures";
import type { ChangeText } from "@/format/formatChange";
import { useFormats } from "@/format/useFormats";
import { isText, useTexts, type Say } from "@/texts/texts";
import style from "./FigureText.module.css";

interface FigureProps {
  readonly figure: Figure | null | undefined;
  readonly metric: MetricName;
}

/** A figure as text; a dash, read out as words, where nothing can be said. */
export function FigureText({ figure, metric }: FigureProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const text = formats.figure(figure, metric);
  if (figure !== null && figure !== undefined) return <span className={style.figure}>{text}</span>;
  return (
    <span className={style.none}>
      <span aria-hidden="true">{text}</span>
      <span className="spoken">{say("figure.none")}</span>
    </span>
  );
}

interface ChangeProps {
  readonly change: Change | null | undefined;
  readonly metric: MetricName;
}

/** Both figures are known and stand on enough, but how much such days differ is not: the number is said, and that it is not judged. */
const STANDS_UNJUDGED: ReadonlySet<string> = new Set(["too_few_days", "too_many_rows"]);

const ARROWS = { up: "↑", down: "↓", same: "→", unknown: "" } as const;

/**
 * How a figure changed: arrow, sign and number; in colour only if it is more than chance and one way is better. What chance
 * alone may make says so beside it; what cannot be judged says why, and no more than a figure that stands by itself.
 */
export function ChangeMark({ change, metric }: ChangeProps): JSX.Element {
  const { say } = useTexts();
  const told = useFormats().change(change, metric);
  const [short, why] = doubtsOf(change, told, say);
  const unsaid = change?.unsaid ?? null;
  if (unsaid !== null && short !== undefined && !STANDS_UNJUDGED.has(unsaid)) {
    return <span className={`${style.change ?? ""} ${style.doubted ?? ""}`} title={why}>{short}</span>;
  }
  const look = change?.distinguishable === true ? lookOf(told.good) : style.doubted;
  return (
    <span className={`${style.change ?? ""} ${look ?? ""}`} title={why}>
      <ChangeWords told={told} pointed={unsaid === null} />
      {short === undefined ? null : <span className={style.doubt}>{short}</span>}
    </span>
  );
}

function lookOf(good: boolean | null): string | undefined {
  if (good === null) return style.plain;
  return good ? style.good : style.bad;
}

/** The arrow, if it points to something, and the number of a change. */
function ChangeWords({ told: { text, direction, unit }, pointed }: { readonly told: ChangeText; readonly pointed: boolean }): JSX.Element {
  const { say } = useTexts();
  const spoken = direction === "unknown" ? say("figure.change.none") : say(`figure.${direction}`);
  const words = unit === "new" ? say("figure.new") : unit === "points" ? say("figure.points.short", { change: text }) : text;
  return (
    <>
      {pointed ? <span aria-hidden="true">{ARROWS[direction]}</span> : null}
      <span className="spoken">{spoken}</span>
      <span aria-hidden={direction === "unknown"}>{words}</span>
    </>
  );
}

/** The doubt of a change in a few words and in a sentence. Nothing, as far as anybody can see, is no work of chance. */
function doubtsOf(change: Doubted | null | undefined, { direction }: ChangeText, say: Say): readonly (string | undefined)[] {
  if (change == null) return [];
  const isEven = direction === "same" && change.distinguishable === false && (change.unsaid ?? null) === null;
  return isEven ? [] : [shortDoubtOf(change, say), doubtOf(change, say)];
}

/** Why a change is no news: it cannot be judged, or chance alone may make it. Undefined where it is more than chance. */
export function doubtOf(change: Doubted, say: Say): string | undefined {
  return said(change, `figure.unsaid.${change.unsaid ?? ""}`, say);
}

/** The same in a few words, as they stand beside the change. */
function shortDoubtOf(change: Doubted, say: Say): string | undefined {
  return said(change, `figure.doubt.${change.unsaid ?? ""}`, say);
}

type Doubted = Pick<Change, "distinguishable" | "unsaid">;

function said({ distinguishable }: Doubted, id: string, say: Say): string | undefined {
  if (isText(id)) return say(id);
  return distinguishable === false ? say("figure.not_distinguishable") : undefined;
}

/** A figure with its change, as cards show it. */
export function BigFigure({ figure, metric, change }: FigureProps & ChangeProps): JSX.Element {
  return (
    <span className={style.big}>
      <span className={style.value}>
        <FigureText figure={figure} metric={metric} />
      </span>
      <ChangeMark change={change} metric={metric} />
    </span>
  );
}
