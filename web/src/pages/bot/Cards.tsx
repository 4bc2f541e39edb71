import type { JSX } from "react";

import type { Answer } from "@/api/questions";
import type { MetricName } from "@/figures";
import { isNothing } from "@/format/isNothing";
import { useFormats } from "@/format/useFormats";
import { ChangeMark, FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Skeleton } from "@/parts/Skeleton";
import { Widget } from "@/parts/Widget";
import type { WidgetState } from "@/parts/widgetState";
import { isText, useTexts, type Say } from "@/texts/texts";
import style from "./Cards.module.css";

interface Props {
  readonly metrics: readonly MetricName[];
  readonly state: WidgetState<Answer>;
  readonly picked: MetricName;
  readonly onPick: (metric: MetricName) => void;
  readonly behind: (metric: MetricName) => string | undefined;
}

/** The figures of a page: a card picks what the chart shows, its figure leads to the conversations. */
export function Cards({ metrics, state, picked, onPick, behind }: Props): JSX.Element {
  if (state.kind === "loading") return <Skeleton height="11.5rem" />;
  return (
    <Widget state={state} height="11.5rem">
      {(answer) => (
        <ul className={style.cards}>
          {metrics.map((metric) => (
            <Card key={metric} metric={metric} answer={answer} picked={metric === picked} onPick={onPick} href={behind(metric)} />
          ))}
        </ul>
      )}
    </Widget>
  );
}

interface CardProps {
  readonly metric: MetricName;
  readonly answer: Answer;
  readonly picked: boolean;
  readonly onPick: (metric: MetricName) => void;
  readonly href: string | undefined;
}

function Card({ metric, answer, picked, onPick, href }: CardProps): JSX.Element {
  const { say } = useTexts();
  const figure = answer.rows[0]?.[metric] ?? null;
  const unmeasurable = figure === null && !isNothing(answer.rows[0]?.conversations);
  return (
    <li className={style.card} data-picked={picked || undefined}>
      <button type="button" className={style.pick} aria-pressed={picked} title={say(`metric.${metric}.definition`)} onClick={() => { onPick(metric); }}>
        {say(`metric.${metric}.short`)}
      </button>
      {unmeasurable ? (
        <span className={style.none} title={nothingOf(metric, say)}>{say("card.unmeasurable")}</span>
      ) : (
        <span className={style.figure}>
          {href === undefined ? <FigureText figure={figure} metric={metric} /> : <Link href={href} title={say("card.open")}><FigureText figure={figure} metric={metric} /></Link>}
        </span>
      )}
      <span className={style.foot}>
        {answer.compare && !unmeasurable ? <ChangeMark change={answer.compare.change?.[metric]?.[0]} metric={metric} /> : null}
        <Small metric={metric} answer={answer} />
      </span>
    </li>
  );
}

/** On how many a share stands. */
function Small({ metric, answer }: Pick<CardProps, "metric" | "answer">): JSX.Element | null {
  const { say } = useTexts();
  const { count } = useFormats();
  const of = answer.meta.n?.[metric]?.[0]?.denominator;
  if (isNothing(of) || of === undefined || metric === "messages_per_conversation") return null;
  return <span className={style.small}>{say("card.of", { n: count(of) })}</span>;
}

/** Why a metric says nothing, where it says so. */
function nothingOf(metric: MetricName, say: Say): string | undefined {
  const id = `metric.${metric}.nothing`;
  return isText(id) ? say(id) : undefined;
}
