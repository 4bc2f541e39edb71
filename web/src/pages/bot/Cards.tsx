import type { JSX, ReactNode } from "react";

import type { Answer, Question } from "@/api/questions";
import type { MetricName } from "@/figures";
import { isNothing } from "@/format/isNothing";
import { useFormats } from "@/format/useFormats";
import { ChangeMark, FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Widget } from "@/parts/Widget";
import type { WidgetState } from "@/parts/widgetState";
import { isText, useTexts, type Say } from "@/texts/texts";
import { CardAbout } from "./CardAbout";
import style from "./Cards.module.css";

interface Props {
  readonly metrics: readonly MetricName[];
  readonly state: WidgetState<Answer>;
  readonly picked: MetricName;
  readonly onPick: (metric: MetricName) => void;
  readonly behind: (metric: MetricName) => string | undefined;
  /** What all cards are asked with. */
  readonly question: Question;
  /** Show a metric over time as a table. */
  readonly onTable: (metric: MetricName) => void;
  /** What stands below a figure: its course. */
  readonly below?: (metric: MetricName) => ReactNode;
}

/** The figures of a page: a card picks what the chart shows, its figure leads to the conversations. */
export function Cards({ metrics, state, picked, onPick, behind, question, onTable, below }: Props): JSX.Element {
  const height = below === undefined ? "11.5rem" : "8.5rem";
  if (state.kind === "loading") return <Coming metrics={metrics} below={below} height={height} />;
  return (
    <Widget state={state} height={height}>
      {(answer) => (
        <ul className={style.cards} data-odd={metrics.length % 2 === 1 || undefined}>
          {metrics.map((metric) => (
            <Card key={metric} metric={metric} answer={answer} question={question} picked={metric === picked} onPick={onPick} onTable={onTable} href={behind(metric)} below={below?.(metric)} />
          ))}
        </ul>
      )}
    </Widget>
  );
}

/** The cards before their figures are there: as high as they will be, at any width. */
function Coming({ metrics, below, height }: { readonly metrics: Props["metrics"]; readonly below: Props["below"] | undefined; readonly height: string }): JSX.Element {
  const { say } = useTexts();
  return (
    <ul className={style.cards} data-odd={metrics.length % 2 === 1 || undefined} style={{ minBlockSize: height }} aria-busy="true">
      {metrics.map((metric) => (
        <li key={metric} className={style.card}>
          <span className={style.pick}>{say(`metric.${metric}.short`)}</span>
          <span className={style.figure} aria-hidden="true">{"\u00a0"}</span>
          <span className={style.foot} />
          {below?.(metric)}
        </li>
      ))}
    </ul>
  );
}

interface CardProps extends Pick<Props, "question" | "onPick" | "onTable"> {
  readonly metric: MetricName;
  readonly answer: Answer;
  readonly picked: boolean;
  readonly href: string | undefined;
  readonly below: ReactNode;
}

function Card({ metric, answer, question, picked, onPick, onTable, href, below }: CardProps): JSX.Element {
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
          <Small metric={metric} answer={answer} />
        </span>
      )}
      <span className={style.foot}>
        {answer.compare && !unmeasurable ? <ChangeMark change={answer.compare.change?.[metric]?.[0]} metric={metric} /> : null}
      </span>
      {below}
      <CardAbout metric={metric} answer={answer} question={{ ...question, metrics: [metric] }} href={href} onTable={() => { onTable(metric); }} />
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
