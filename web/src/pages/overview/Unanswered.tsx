import type { JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import { isNothing } from "@/format/isNothing";
import { useFormats } from "@/format/useFormats";
import { Held } from "@/live/Held";
import { BarList } from "@/parts/BarList";
import { Card } from "@/parts/Card";
import { Link } from "@/parts/Link";
import { AnswerTable } from "@/parts/AnswerTable";
import { useTable } from "@/parts/TableSwitch";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import { dataOf, mapped, type WidgetState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import { behind } from "@/url/behind";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import style from "./Overview.module.css";

interface Props {
  readonly company: string;
  readonly view: View;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
}

/** What the chatbots of a company could not answer, the most frequent first; each leads to its story. */
export function Unanswered({ company, view, question, state }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const table = useTable();
  const title = say("overview.unanswered");
  const shown = mapped(state, (found) => {
    const rows = found.rows.filter((row) => !isNothing(row.unanswered_answers));
    return rows.length === 0 ? null : { ...found, rows };
  });
  const answer = dataOf(shown);
  const opened = (of: "unanswered_answers", cell: Parameters<typeof behind>[3] & object): string | undefined =>
    behind({ company, bot: String(cell.chatbot) }, view, of, { question: cell.question ?? null });
  return (
    <Card title={title} tools={<WidgetMenu name={title} question={question} answer={answer} metrics={["unanswered_answers"]} table={table} />}>
      <Widget state={shown} height="19.5rem" what={title}>
        {(data) =>
          table.shown ? (
            <AnswerTable caption={title} answer={data} dimensions={["question", "chatbot"]} metrics={["unanswered_answers"]} behind={(_, cell) => opened("unanswered_answers", cell)} />
          ) : (
            <Held rows={data.rows} id={(row) => JSON.stringify([row.question, row.chatbot])} of={JSON.stringify([shown.kind, question])}>
              {(rows) => (
                <BarList
                  metric="unanswered_answers"
                  heads={[say("dimension.question.short"), say("overview.times"), say("dimension.chatbot.short")]}
                  rows={rows.map((row) => {
                    const bot = String(row.chatbot);
                    const name = formats.key(row.question, "question", data.meta.labels?.question);
                    const open = opened("unanswered_answers", { question: row.question ?? null, chatbot: bot });
                    return {
                      id: JSON.stringify([row.question, bot]),
                      name: <bdi>{name}</bdi>,
                      title: name,
                      figure: row.unanswered_answers ?? null,
                      href: linkTo({ page: "gaps", company, bot, gap: null }, view, { question: row.question == null ? "~0" : String(row.question) }),
                      more: [<Link key="bot" className={style.bot} href={linkTo({ page: "bot", company, bot }, view)}>{formats.key(bot, "chatbot", data.meta.labels?.chatbot)}</Link>],
                      ...(open === undefined ? {} : { behind: open }),
                    };
                  })}
                />
              )}
            </Held>
          )
        }
      </Widget>
    </Card>
  );
}
