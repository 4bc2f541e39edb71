import type { JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import type { MetricName } from "@/figures";
import { Arrow } from "@/parts/Arrow";
import { Button } from "@/parts/Button";
import { BigFigure } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Meaning } from "@/parts/Meaning";
import { useTaking } from "@/frame/WidgetMenu";
import { Popover } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import style from "./Cards.module.css";

interface Props {
  readonly metric: MetricName;
  readonly answer: Answer;
  /** The question whose answer has this figure alone. */
  readonly question: Question;
  readonly href: string | undefined;
  /** Show it over time as a table. */
  readonly onTable: () => void;
}

/** What stands behind the figure of a card: what it means, how sure it is, and the ways to take it along. */
export function CardAbout({ metric, answer, question, href, onTable }: Props): JSX.Element {
  const { say } = useTexts();
  const name = say(`metric.${metric}.label`);
  const { save, copy, exact, linkable } = useTaking(question, name);
  return (
    <span className={style.about}>
      <Popover look="quiet" label={say("card.about", { name })} trigger={<Info />}>
        {(close) => (
          <div className={style.panel}>
            <BigFigure figure={answer.rows[0]?.[metric]} metric={metric} change={answer.compare?.change?.[metric]?.[0]} />
            <Meaning metrics={[metric]} answer={answer} />
            <div className={style.ways}>
              {href === undefined ? null : <Link className={style.way} href={href}>{say("card.conversations")} <Arrow /></Link>}
              <Button onClick={() => { close(); onTable(); }}>{say("widget.table")}</Button>
              <Button onClick={save("csv")}>{say("menu.csv")}</Button>
              <Button onClick={save("parquet")}>{say("menu.parquet")}</Button>
              {linkable ? <Button onClick={copy(false)}>{say("menu.link")}</Button> : null}
              {linkable && exact ? <Button onClick={copy(true)}>{say("menu.link_exact")}</Button> : null}
            </div>
          </div>
        )}
      </Popover>
    </span>
  );
}

function Info(): JSX.Element {
  return (
    <svg width={14} height={14} viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx={7} cy={7} r={6} />
      <path d="M7 6.2v4M7 3.6v1.2" />
    </svg>
  );
}
