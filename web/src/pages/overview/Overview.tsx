import type { JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { Sparkline } from "@/charts/Sparkline";
import type { Figure, MetricName, Row } from "@/figures";
import { useFormats } from "@/format/useFormats";
import type { Bot } from "@/frame/Rail";
import { bucketOf } from "@/frame/periods";
import { useTelling } from "@/frame/Told";
import { BarList } from "@/parts/BarList";
import { Card } from "@/parts/Card";
import { BigFigure, FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Table, type Column, type Sorting } from "@/parts/Table";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import { mapped, stateOf } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import { askedBy } from "@/url/asked";
import { behind } from "@/url/behind";
import { linkTo, useView } from "@/url/useView";
import type { View } from "@/url/view";
import style from "./Overview.module.css";

const CARDS = ["conversations", "unanswered_rate", "csat", "handoff_rate", "conversion_rate"] as const;
const COLUMNS = ["conversations", "unanswered_rate", "csat", "handoff_rate"] as const;
const LEAST_ROWS = 9;

interface Props {
  readonly company: string;
  readonly bots: readonly Bot[];
}

function questionsOf(view: View, sorting: Sorting): Record<"cards" | "shapes" | "bots" | "trends" | "unanswered", Question> {
  const { compare, align, ...asked } = askedBy(view);
  const compared = { ...asked, ...(compare === undefined ? {} : { compare }), ...(align === undefined ? {} : { align }) };
  const bucket = bucketOf(view.period);
  const unit = bucket === "date_hour" ? "day" : bucket; // hours of all chatbots would be too many rows
  return {
    cards: { metrics: CARDS, ...compared, n: true },
    shapes: { metrics: CARDS, dimensions: [bucket], ...asked },
    bots: { metrics: COLUMNS, dimensions: ["chatbot"], ...asked, n: ["unanswered_rate", "csat"], order_by: `${sorting.descending ? "-" : ""}${sorting.by}` },
    trends: { metrics: ["conversations"], dimensions: ["chatbot", unit], ...asked, order_by: ["chatbot", unit] },
    unanswered: { metrics: ["unanswered_answers"], dimensions: ["question", "chatbot"], ...asked, limit: LEAST_ROWS, labels: true },
  };
}

/** All chatbots of a company: how they do, and what they could not answer. */
export function Overview({ company, bots }: Props): JSX.Element {
  const { say } = useTexts();
  const { view, others, changeOthers } = useView();
  const sorting = readSorting(others.sort);
  const questions = questionsOf(view, sorting);
  const answers = useAnswers(questions);
  const cards = stateOf(answers, "cards");
  const shapes = stateOf(answers, "shapes");
  const trends = stateOf(answers, "trends");
  useTelling(dataOf(cards));
  const table = stateOf(answers, "bots");
  const sort = ({ by, descending }: Sorting): void => {
    changeOthers({ sort: `${descending ? "-" : ""}${by}` }, "replace");
  };
  return (
    <>
      <Widget state={cards} height="8.5rem">
        {(answer) => (
          <ul className={style.cards}>
            {CARDS.map((metric) => (
              <li key={metric} className={style.card}>
                <span className={style.name} title={say(`metric.${metric}.definition`)}>{say(`metric.${metric}.short`)}</span>
                <BigFigure figure={answer.rows[0]?.[metric]} metric={metric} change={answer.compare?.change?.[metric]?.[0]} />
                <Sparkline metric={metric} figures={dataOf(shapes)?.rows.map((row) => row[metric] ?? null) ?? []} open={isOpen(dataOf(shapes))} />
              </li>
            ))}
          </ul>
        )}
      </Widget>
      <Card title={say("overview.unanswered")} tools={<WidgetMenu name={say("overview.unanswered")} question={questions.unanswered} answer={dataOf(stateOf(answers, "unanswered"))} metrics={["unanswered_answers"]} />}>
        <Widget state={mapped(stateOf(answers, "unanswered"), (answer) => (answer.rows.length === 0 ? null : answer))} height="19.5rem">
          {(answer) => <Unanswered company={company} view={view} answer={answer} />}
        </Widget>
      </Card>
      <Card title={say("frame.bots")} tools={<WidgetMenu name={say("frame.bots")} question={questions.bots} answer={dataOf(table)} metrics={[...COLUMNS]} />}>
        <Widget state={table} height="16rem">
          {(answer) => <Bots company={company} bots={bots} view={view} answer={answer} trends={dataOf(trends)} sorting={sorting} onSort={sort} />}
        </Widget>
      </Card>
    </>
  );
}

function Unanswered({ company, view, answer }: { readonly company: string; readonly view: View; readonly answer: Answer }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const labels = answer.meta.labels;
  const rows = answer.rows.map((row) => {
    const bot = String(row.chatbot);
    const name = formats.key(row.question, "question", labels?.question);
    const open = behind({ company, bot }, view, "unanswered_answers", { question: row.question ?? null });
    return {
      id: JSON.stringify([row.question, bot]),
      name: <bdi>{name}</bdi>,
      title: name,
      figure: row.unanswered_answers ?? null,
      more: [<Link key="bot" className={style.bot} href={linkTo({ page: "bot", company, bot }, view)}>{formats.key(bot, "chatbot", labels?.chatbot)}</Link>],
      ...(open === undefined ? {} : { href: open, behind: open }),
    };
  });
  return <BarList rows={rows} metric="unanswered_answers" heads={[say("dimension.question.short"), say("overview.times"), say("dimension.chatbot.short")]} />;
}

interface BotsProps extends Props {
  readonly view: View;
  readonly answer: Answer;
  readonly trends: Answer | null;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

function Bots({ company, bots, view, answer, trends, sorting, onSort }: BotsProps): JSX.Element {
  const { say } = useTexts();
  const { count } = useFormats();
  const known = new Map(bots.map((bot) => [bot.id, bot]));
  const basis = (row: Row, metric: MetricName): Figure | undefined => answer.meta.n?.[metric]?.[answer.rows.indexOf(row)]?.denominator;
  const number = (metric: MetricName): Column<Row> => ({
    id: metric,
    head: say(`metric.${metric}.short`),
    number: true,
    sortable: true,
    cell: (row) => {
      const n = basis(row, metric);
      const href = behind({ company, bot: String(row.chatbot) }, view, metric);
      return (
        <>
          {href === undefined ? <FigureText figure={row[metric]} metric={metric} /> : <Link className={style.open} href={href}><FigureText figure={row[metric]} metric={metric} /></Link>}
          {n === undefined ? null : <span className={style.n}> n {count(n)}</span>}
        </>
      );
    },
  });
  const columns: [Column<Row>, ...Column<Row>[]] = [
    {
      id: "chatbot",
      head: say("dimension.chatbot.short"),
      cell: (row) => <Link className={style.open} href={linkTo({ page: "bot", company, bot: String(row.chatbot) }, view)} dir="auto">{known.get(String(row.chatbot))?.name ?? String(row.chatbot)}</Link>,
    },
    ...COLUMNS.map(number),
    {
      id: "trend",
      head: say("overview.trend"),
      cell: (row) => (
        <div className={style.trend}>
          <Sparkline metric="conversations" figures={(trends?.rows ?? []).filter((each) => each.chatbot === row.chatbot).map((each) => each.conversations ?? null)} open={isOpen(trends)} />
        </div>
      ),
    },
  ];
  return <Table caption={say("frame.bots")} columns={columns} rows={answer.rows} id={(row) => String(row.chatbot)} sorting={sorting} onSort={onSort} dimmed={(row) => known.get(String(row.chatbot))?.published === false} />;
}

function readSorting(text: string | undefined): Sorting {
  const by = text?.replace(/^-/, "") ?? "";
  return (COLUMNS as readonly string[]).includes(by) ? { by, descending: text?.startsWith("-") ?? true } : { by: "conversations", descending: true };
}

function dataOf(state: ReturnType<typeof stateOf>): Answer | null {
  return state.kind === "data" || state.kind === "stale" || state.kind === "offline" ? state.data : null;
}

function isOpen(answer: Answer | null): boolean {
  return Object.values(answer?.meta.incomplete ?? {}).some((ends) => ends.last !== null);
}
