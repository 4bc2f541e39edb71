import { useState, type CSSProperties, type JSX } from "react";

import { answerOf, useAnswers } from "@/api/useAnswers";
import { shares } from "@/charts/scale";
import { Sparkline } from "@/charts/Sparkline";
import type { Row } from "@/figures";
import { isNothing } from "@/format/isNothing";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { FigureText } from "@/parts/FigureText";
import { Said } from "@/pages/conversations/Said";
import { useTexts } from "@/texts/texts";
import type { View } from "@/url/view";
import { AT_ONCE, eachOf, lastOf, courseUnitOf, type Failing } from "./failing";
import style from "./Gaps.module.css";

interface Props {
  readonly rows: readonly Failing[];
  readonly bot: string;
  readonly view: View;
  /** The key of the question that is shown beside; undefined is none. */
  readonly chosen: string | null | undefined;
  readonly onChoose: (key: string | null) => void;
}

/** The questions, ranked, nine at a time: each asks for its own days and people. */
export function Questions({ rows, ...rest }: Props): JSX.Element {
  const { say } = useTexts();
  const [count, setCount] = useState(AT_ONCE);
  const blocks = Array.from({ length: Math.ceil(Math.min(count, rows.length) / AT_ONCE) }, (_, at) => rows.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
  return (
    <>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{say("gaps.question")}</th>
            <th scope="col" className={style.number}>{say("gaps.times")}</th>
            <th scope="col" className={style.trend}>{say("gaps.trend")}</th>
          </tr>
        </thead>
        {blocks.map((block, at) => <Block key={at} rows={block} {...rest} />)}
      </table>
      {count < rows.length ? <Button className={style.more} onClick={() => { setCount(count + AT_ONCE); }}>{say("gaps.more")}</Button> : null}
    </>
  );
}

function Block({ rows, bot, view, chosen, onChoose }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const answers = useAnswers(eachOf(rows.map((row) => row.key), bot, view));
  const unit = courseUnitOf(view.period);
  const rowsOf = (name: string): readonly Row[] | undefined => (answers.isPlaceholderData ? undefined : answerOf(answers, name)?.rows);
  return (
    <tbody>
      {rows.map((row, at) => {
        const days = rowsOf(`over time ${String(at)}`);
        const all = rowsOf(`all ${String(at)}`);
        const last = days === undefined ? null : lastOf(days, unit, isNothing);
        const about = [
          all === undefined ? null : say("gaps.people", { n: formats.figure(all[0]?.unique_sessions, "unique_sessions") }),
          last === null ? null : say(`gaps.last.${unit}`, { when: formats.date(last) }),
        ].filter((each) => each !== null);
        const [share] = shares([row.unanswered, row.asked]);
        return (
          <tr key={row.key} className={style.row} data-chosen={chosen === row.key}>
            <th scope="row" className={style.question}>
              <button type="button" className={style.choice} aria-pressed={chosen === row.key} title={row.text} onClick={() => { onChoose(row.key); }}>
                <Said text={row.text} />
              </button>
              <span className={style.of}>{about.length === 0 ? "\u00a0" : about.join(" · ")}</span>
            </th>
            <td className={style.number}>
              <FigureText figure={row.unanswered} metric="unanswered_answers" />
              <span className={style.of}>{say("gaps.of", { asked: formats.figure(row.asked, "questions") })}</span>
              <span className={style.share} style={{ "--share": share ?? 0 } as CSSProperties} aria-hidden="true" />
            </td>
            <td className={style.trend}>{days === undefined ? null : <Sparkline figures={days.map((day) => day.conversations ?? null)} metric="conversations" open />}</td>
          </tr>
        );
      })}
    </tbody>
  );
}
