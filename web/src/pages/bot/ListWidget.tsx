import { useState, type JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import type { MetricName, Row } from "@/figures";
import { isNothing } from "@/format/isNothing";
import { useFormats, type Formats } from "@/format/useFormats";
import { Held } from "@/live/Held";
import { AnswerTable } from "@/parts/AnswerTable";
import { BarList, type BarRow } from "@/charts/BarList";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { FigureText } from "@/parts/FigureText";
import { useTable } from "@/parts/TableSwitch";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/frame/WidgetMenu";
import { dataOf, mapped, stateOf, type WidgetState } from "@/parts/widgetState";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import type { Cell } from "@/url/behind";
import style from "./Bot.module.css";
import { MORE, MOST_ROWS, unlimited } from "./questions";

export interface Links {
  readonly behind: (metric: MetricName, cell: Cell) => string | undefined;
  readonly filtered: (cell: Cell) => string | undefined;
}

interface Props extends Links {
  readonly title: string;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
  readonly dimension: keyof typeof MORE;
  readonly metrics: readonly [MetricName, ...MetricName[]];
  /** How many rows there is room for, however few there are. */
  readonly room: number;
  /** Rows that are left out of the first ones, and the words that say so; the whole list has them. */
  readonly without?: { readonly which: (row: Row) => boolean; readonly note: string };
}

/** The first rows of a list with bars; each leads to itself as a filter, its figure to conversations. */
export function ListWidget(props: Props): JSX.Element {
  const { title, question, state, metrics, dimension, room, without } = props;
  const { say } = useTexts();
  const [all, setAll] = useState(false);
  const table = useTable();
  const found = dataOf(state);
  const shown = mapped(state, (all) => firstRows(withRows(all, metrics[0]), without?.which, room));
  const answer = dataOf(shown);
  const cut = found !== null && found.meta.rows_total > found.rows.length && found.rows.length === question.limit;
  const lacks = without !== undefined && (found?.rows.some(without.which) ?? false);
  return (
    <Card title={title} tools={<WidgetMenu name={title} question={unlimited(question, MORE[dimension])} answer={answer} metrics={metrics} table={table} />}>
      <Widget state={shown} height={`${String(room * 2 + 1.5)}rem`} what={title}>
        {(data) =>
          table.shown ? (
            <AnswerTable caption={title} answer={data} dimensions={[dimension]} metrics={question.metrics} behind={props.behind} />
          ) : (
            <Held rows={data.rows} id={(row) => JSON.stringify(row[dimension])} of={JSON.stringify([shown.kind, question])}>
              {(rows) => <Bars {...props} answer={data} rows={rows} />}
            </Held>
          )
        }
      </Widget>
      {lacks ? <p className={style.hint}>{without.note}</p> : null}
      {answer !== null && (cut || lacks || (without !== undefined && answer.rows.length < answer.meta.rows_total)) ? (
        <Button look="quiet" onClick={() => { setAll(true); }}>{hasNothings(metrics[0]) ? say("list.more") : say("list.all", { n: answer.meta.rows_total })}</Button>
      ) : null}
      <Dialog open={all} onOpenChange={setAll} title={title} side="end">
        {all ? <AllRows {...props} /> : null}
      </Dialog>
    </Card>
  );
}

function Bars({ dimension, metrics, behind, filtered, answer, rows }: Props & { readonly answer: Answer; readonly rows: readonly Row[] }): JSX.Element {
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
  return <BarList rows={bars} metric={first} heads={[say(`dimension.${dimension}.short`), ...metrics.map((each) => say(each === "unanswered_answers" ? "gaps.times" : `metric.${each}.short`))]} />;
}

/** All rows of a list with all its columns, to be looked through and taken along. */
function AllRows({ question, dimension, title, behind, metrics }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [sought, setSought] = useState("");
  const whole = unlimited(question, MORE[dimension]);
  const state = mapped(stateOf(useAnswers({ all: whole }), "all"), (found) => withRows(found, metrics[0]));
  const answer = dataOf(state);
  return (
    <div className={style.all}>
      <div className={style.look}>
        <input className={style.search} type="search" value={sought} placeholder={say("list.find")} aria-label={say("list.find")} onChange={(event) => { setSought(event.target.value); }} />
        <WidgetMenu name={title} question={whole} answer={answer} metrics={metrics} />
      </div>
      {answer !== null && answer.meta.rows_total > MOST_ROWS ? <p className={style.hint}>{say("list.first", { n: MOST_ROWS, all: answer.meta.rows_total })}</p> : null}
      <Widget state={state} height="20rem" what={title}>
        {(data) => {
          const found = data.rows.filter((row) => nameOf(row, dimension, data, formats).toLowerCase().includes(sought.trim().toLowerCase()));
          if (found.length === 0) return <p className={style.hint}>{say("list.none")}</p>;
          return <AnswerTable caption={title} answer={data} rows={found} dimensions={[dimension]} metrics={whole.metrics} behind={behind} />;
        }}
      </Widget>
    </div>
  );
}

/** Whether rows without any of a metric are none of its list: a question that was always answered is no unanswered one. */
function hasNothings(metric: MetricName): boolean {
  return metric === "unanswered_answers";
}

function withRows(answer: Answer, metric: MetricName): Answer | null {
  const rows = hasNothings(metric) ? answer.rows.filter((row) => !isNothing(row[metric])) : answer.rows;
  return rows.length === 0 ? null : { ...answer, rows };
}

/** The first rows, as many as there is room for, without those that are not wanted among them. */
function firstRows(answer: Answer | null, unwanted: ((row: Row) => boolean) | undefined, room: number): Answer | null {
  if (answer === null || unwanted === undefined) return answer;
  const rows = answer.rows.filter((row) => !unwanted(row)).slice(0, room);
  return rows.length === 0 ? null : { ...answer, rows };
}

function nameOf(row: Row, dimension: Props["dimension"], answer: Answer, formats: Formats): string {
  return formats.key(row[dimension], dimension, answer.meta.labels?.[dimension]);
}
