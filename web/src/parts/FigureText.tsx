import type { JSX } from "react";

import type { Change, Figure, MetricName } from "@/figures";
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

const ARROWS = { up: "↑", down: "↓", same: "→", unknown: "" } as const;

/** How a figure changed: arrow, sign and number; in colour only if it is more than chance and one way is better. */
export function ChangeMark({ change, metric }: ChangeProps): JSX.Element {
  const { say } = useTexts();
  const { text, direction, unit, good } = useFormats().change(change, metric);
  const look = good === null ? style.plain : good ? style.good : style.bad;
  const spoken = direction === "unknown" ? say("figure.change.none") : say(`figure.${direction}`);
  const words = unit === "new" ? say("figure.new") : unit === "points" ? say("figure.points.short", { change: text }) : text;
  const doubt = change == null ? undefined : doubtOf(change, say);
  return (
    <span className={`${style.change ?? ""} ${look ?? ""}`} title={doubt}>
      <span aria-hidden="true">{ARROWS[direction]}</span>
      <span className="spoken">{spoken}</span>
      <span aria-hidden={direction === "unknown"}>{words}</span>
      {doubt === undefined ? null : <span className="spoken">{doubt}</span>}
    </span>
  );
}

/** Why a change is no news: chance alone may make it, or it cannot be judged. Undefined where it is more than chance. */
export function doubtOf({ distinguishable, unsaid }: Pick<Change, "distinguishable" | "unsaid">, say: Say): string | undefined {
  if (distinguishable !== null) return distinguishable ? undefined : say("figure.not_distinguishable");
  const id = `figure.unsaid.${unsaid ?? ""}`;
  return isText(id) ? say(id) : undefined;
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
