import type { CSSProperties, JSX } from "react";

import type { Answer } from "@/api/questions";
import { Sparkline } from "@/charts/Sparkline";
import { shares } from "@/charts/scale";
import type { Figure, MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { Held } from "@/live/Held";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Table, type Column, type Sorting } from "@/parts/Table";
import { useTexts } from "@/texts/texts";
import { behind } from "@/url/behind";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import { botRows, nameOf, type BotRow, type OwnBot } from "./botRows";
import style from "./Overview.module.css";
import { COLUMNS } from "./questions";

interface Props {
  readonly company: string;
  readonly bots: readonly OwnBot[];
  readonly view: View;
  readonly answer: Answer;
  readonly trends: Answer | null;
  /** Whether the last bucket of the trends is not over. */
  readonly open: boolean;
  /** The answer is that of another question, until that of this one is here. */
  readonly old: boolean;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

/** The chatbots of a company side by side, also those that nobody talked to. */
export function BotTable({ company, bots, view, answer, trends, open, old, sorting, onSort }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const rows = botRows(bots, answer.rows, sorting);
  const bars = new Map(shares(answer.rows.map((row) => row.conversations)).map((share, at) => [answer.rows[at]?.chatbot, share]));
  const courses = coursesOf(trends);
  const places = new Map(answer.rows.map((row, at) => [row, at]));
  const basis = ({ row }: BotRow, metric: MetricName): Figure | undefined => (row === null ? undefined : answer.meta.n?.[metric]?.[places.get(row) ?? -1]?.denominator);
  const figure = (metric: MetricName, of: BotRow): JSX.Element => {
    const href = behind({ company, bot: of.bot.chatbot_id }, view, metric);
    const text = <FigureText figure={of.row?.[metric]} metric={metric} />;
    return href === undefined ? text : <Link className={style.open} href={href}>{text}</Link>;
  };
  const rate = (metric: MetricName): Column<BotRow> => ({
    id: metric,
    head: say(`metric.${metric}.short`),
    number: true,
    sortable: true,
    cell: (of) => {
      const n = basis(of, metric);
      return of.row === null ? null : <>{figure(metric, of)}{n === undefined ? null : <span className={style.n}> {say("card.of", { n: formats.count(n) })}</span>}</>;
    },
  });
  const [first, ...rates] = COLUMNS;
  const columns: [Column<BotRow>, ...Column<BotRow>[]] = [
    {
      id: "chatbot",
      head: say("dimension.chatbot.short"),
      sortable: true,
      cell: ({ bot }) => <Link className={style.open} href={linkTo({ page: "bot", company, bot: bot.chatbot_id }, view)} dir="auto">{nameOf(bot)}</Link>,
    },
    {
      id: first,
      head: say(`metric.${first}.short`),
      number: true,
      sortable: true,
      cell: (of) =>
        of.row === null ? <span className={style.quiet}>{say("overview.quiet")}</span> : (
          <span className={style.count}>
            <span className={style.bar} style={{ "--share": bars.get(of.bot.chatbot_id) ?? 0 } as CSSProperties} aria-hidden="true" />
            {figure(first, of)}
          </span>
        ),
    },
    ...rates.map(rate),
    {
      id: "trend",
      head: say("overview.trend"),
      cell: ({ bot }) => <div className={style.trend}><Sparkline metric="conversations" figures={courses.get(bot.chatbot_id) ?? []} open={open} /></div>,
    },
    { id: "last_event", head: say("overview.last"), sortable: true, cell: ({ bot }) => <LastEvent bot={bot} answer={answer} /> },
  ];
  const id = ({ bot }: BotRow): string => bot.chatbot_id;
  return (
    <Held rows={rows} id={id} of={JSON.stringify([old, view, sorting])}>
      {(held) => <Table caption={say("frame.bots")} columns={columns} rows={held} id={id} sorting={sorting} onSort={onSort} dimmed={({ bot }) => !bot.is_published} />}
    </Held>
  );
}

/** When the last event of a chatbot came. */
function LastEvent({ bot, answer }: { readonly bot: OwnBot; readonly answer: Answer }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { last_event_at: last } = bot;
  if (last === null) return <span className={style.quiet}>{say("overview.never")}</span>;
  return <time dateTime={last} title={formats.instant(last, answer.meta.timezone)}>{formats.ago(last, answer.meta.as_of ?? last)}</time>;
}

/** The course of each chatbot, by its id. */
function coursesOf(trends: Answer | null): Map<string, (Figure | null)[]> {
  const found = new Map<string, (Figure | null)[]>();
  for (const row of trends?.rows ?? []) {
    const bot = String(row.chatbot);
    const course = found.get(bot) ?? [];
    course.push(row.conversations ?? null);
    found.set(bot, course);
  }
  return found;
}
