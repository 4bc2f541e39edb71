import type { JSX } from "react";

import { isIncomplete, type Answer } from "@/api/questions";
import { answerOf, useAnswers } from "@/api/useAnswers";
import { LineChart } from "@/charts/LineChart";
import type { Point } from "@/charts/points";
import type { Row } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { useFlags } from "@/markers/useFlags";
import { askedList } from "@/pages/conversations/listed";
import { Said } from "@/pages/conversations/Said";
import { useList } from "@/pages/conversations/useList";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import { Examples } from "./Examples";
import { eachOf, filterOf, courseUnitOf, type Failing } from "./failing";
import style from "./Gaps.module.css";
import own from "./Gap.module.css";

interface Props {
  readonly company: string;
  readonly bot: string;
  readonly view: View;
  /** The key of the question; null is the one without text. */
  readonly asked: string | null;
  /** What the list knows of it; null if it is not in it. */
  readonly row: Failing | null;
  readonly onBack: () => void;
}

/** The story of one question: how often, of how many people, when, and what the bot said. */
export function Gap({ company, bot, view, asked, row, onBack }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const answers = useAnswers(eachOf([asked], bot, view));
  const unit = courseUnitOf(view.period);
  const days = answerOf(answers, "over time 0");
  const whole = answerOf(answers, "all 0")?.rows[0];
  const points = days === null ? [] : pointsOf(days, unit, formats);
  const { flags } = useFlags(bot, points.map((each) => each.id), unit, days?.meta.timezone ?? "UTC");
  const behind = { ...view, metric: null, filters: [...view.filters, filterOf(asked)] };
  const list = useList(askedList({ bot, view: behind, search: "" }));
  const latest = list.old ? undefined : list.rows[0];
  return (
    <div className={style.scroller}>
      <div className={own.gap}>
        <Button className={own.back} look="quiet" onClick={onBack}>← {say("gaps.back")}</Button>
        <h2 className={style.title}><Said text={row?.text ?? asked ?? say("gaps.empty_question")} /></h2>
        <Figures row={row} whole={whole} behind={linkTo({ page: "conversations", company, bot, conversation: null }, behind)} last={latest === undefined ? null : formats.instant(latest.started_at, list.zone)} />
        <section>
          <h3 className={own.head}>{say(`gaps.${unit}`)}</h3>
          <div className={own.chart}>{points.length === 0 ? null : <LineChart metric="conversations" points={points} markers={flags} />}</div>
        </section>
        <section>
          <h3 className={own.head}>{say("gaps.examples")}</h3>
          <Examples company={company} bot={bot} view={behind} asked={asked} />
          <Link className={style.link} href={linkTo({ page: "conversations", company, bot, conversation: null }, behind)}>{say("gaps.all")} →</Link>
        </section>
      </div>
    </div>
  );
}

interface FiguresProps {
  readonly row: Failing | null;
  readonly whole: Row | undefined;
  readonly behind: string;
  /** When it was asked last. */
  readonly last: string | null;
}

/** How often, when last, of how many people, in how many conversations. */
function Figures({ row, whole, behind, last }: FiguresProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  return (
    <dl className={own.figures}>
      <div>
        <dt>{say("gaps.failed")}</dt>
        <dd><FigureText figure={row?.unanswered} metric="unanswered_answers" /> <small>{row === null ? null : say("gaps.of", { asked: formats.figure(row.asked, "questions") })}</small></dd>
      </div>
      {last === null ? null : <div><dt>{say("gaps.latest")}</dt><dd className={own.latest}>{last}</dd></div>}
      <div><dt>{say("gaps.askers")}</dt><dd><FigureText figure={whole?.unique_sessions} metric="unique_sessions" /></dd></div>
      <div>
        <dt>{say("conversations.title")}</dt>
        <dd><Link className={style.link} href={behind}><FigureText figure={whole?.conversations} metric="conversations" /></Link></dd>
      </div>
    </dl>
  );
}

function pointsOf(answer: Answer, unit: "day" | "week", formats: Formats): Point[] {
  return answer.rows.map((row) => ({ id: String(row[unit]), label: formats.bucket(String(row[unit])), figure: row.conversations ?? null, incomplete: isIncomplete(answer, unit, row[unit]) }));
}
