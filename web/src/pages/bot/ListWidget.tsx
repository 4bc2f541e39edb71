import { useState, type JSX, type ReactNode } from "react";

import type { Answer, Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import type { DimensionName, MetricName, Row } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { BarList, type BarRow } from "@/parts/BarList";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { FigureText } from "@/parts/FigureText";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import { mapped, stateOf, type WidgetState } from "@/parts/widgetState";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import type { Cell } from "@/url/behind";
import style from "./Bot.module.css";
import { LIST_ROWS, unlimited } from "./questions";

export interface Links {
  readonly behind: (metric: MetricName, cell: Cell) => string | undefined;
  readonly filtered: (cell: Cell) => string | undefined;
}

interface Props extends Links {
  readonly title: string;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
  readonly dimension: DimensionName;
  readonly metrics: readonly [MetricName, ...MetricName[]];
  readonly hint?: ReactNode;
}

const HEIGHT = `${String(LIST_ROWS * 2 + 1.5)}rem`;

/** The first rows of a list with bars; each leads to itself as a filter, its figure to conversations. */
export function ListWidget(props: Props): JSX.Element {
  const { title, question, state, metrics, dimension, hint } = props;
  const { say } = useTexts();
  const [all, setAll] = useState(false);
  const shown = mapped(state, (answer) => (answer.rows.length === 0 ? null : answer));
  const answer = shown.kind === "data" || shown.kind === "stale" ? shown.data : null;
  return (
    <Card title={title} tools={<WidgetMenu name={title} question={unlimited(question)} answer={answer} metrics={metrics} />}>
      {hint === undefined ? null : <p className={style.hint}>{hint}</p>}
      <Widget state={shown} height={HEIGHT} what={title}>
        {(data) => <Rows {...props} answer={data} rows={data.rows} />}
      </Widget>
      {answer !== null && answer.meta.rows_total > answer.rows.length ? (
        <Button look="quiet" onClick={() => { setAll(true); }}>{say("list.all", { n: answer.meta.rows_total })}</Button>
      ) : null}
      <Dialog open={all} onOpenChange={setAll} title={title} side="end">
        {all ? <AllRows {...props} dimension={dimension} /> : null}
      </Dialog>
    </Card>
  );
}

function Rows({ dimension, metrics, behind, filtered, answer, rows }: Props & { readonly answer: Answer; readonly rows: readonly Row[] }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [first, ...more] = metrics;
  const bars = rows.map((row): BarRow => {
    const cell: Cell = { [dimension]: row[dimension] ?? null };
    const name = nameOf(row, dimension, answer, formats);
    const [href, open] = [filtered(cell), behind(first, cell)];
    return {
      id: JSON.stringify(row[dimension]),
      name: <bdi>{name}</bdi>,
      title: name,
      figure: row[first] ?? null,
      more: more.map((metric) => <FigureText key={metric} figure={row[metric]} metric={metric} />),
      ...(href === undefined ? {} : { href }),
      ...(open === undefined ? {} : { behind: open }),
    };
  });
  return <BarList rows={bars} metric={first} heads={[say(`dimension.${dimension}.short`), ...metrics.map((each) => say(`metric.${each}.short`))]} />;
}

/** All rows of a list, to be looked through. */
function AllRows(props: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [sought, setSought] = useState("");
  const state = stateOf(useAnswers({ all: unlimited(props.question) }), "all");
  return (
    <>
      <input className={style.search} type="search" value={sought} placeholder={say("list.find")} aria-label={say("list.find")} onChange={(event) => { setSought(event.target.value); }} />
      <Widget state={state} height="20rem" what={props.title}>
        {(answer) => {
          const found = answer.rows.filter((row) => nameOf(row, props.dimension, answer, formats).toLowerCase().includes(sought.trim().toLowerCase()));
          return found.length === 0 ? <p className={style.hint}>{say("list.none")}</p> : <Rows {...props} answer={answer} rows={found} />;
        }}
      </Widget>
    </>
  );
}

function nameOf(row: Row, dimension: DimensionName, answer: Answer, formats: Formats): string {
  return formats.key(row[dimension], dimension, answer.meta.labels?.[dimension]);
}
