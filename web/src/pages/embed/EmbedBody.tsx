import type { JSX } from "react";

import { isIncomplete, type Answer, type Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { LineChart } from "@/charts/LineChart";
import type { Point } from "@/charts/points";
import type { DimensionName, MetricName } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { Held } from "@/live/Held";
import { BarList } from "@/parts/BarList";
import { Card } from "@/parts/Card";
import { FigureText } from "@/parts/FigureText";
import { Widget } from "@/parts/Widget";
import { mapped, stateOf } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import { askedBy } from "@/url/asked";
import { useView } from "@/url/useView";
import type { Part } from "./parts";
import style from "./embed.module.css";

const CARDS: readonly MetricName[] = ["conversations", "messages", "unanswered_rate", "csat"];
const LISTS = {
  questions: { metric: "questions", by: "question" },
  unanswered: { metric: "unanswered_answers", by: "question" },
  languages: { metric: "conversations", by: "language" },
  channels: { metric: "conversations", by: "channel" },
  outcomes: { metric: "outcomes", by: "outcome" },
  depth: { metric: "conversations", by: "depth" },
  ratings: { metric: "ratings", by: "rating" },
  hours: { metric: "conversations", by: "hour" },
} as const satisfies Partial<Record<Part, { metric: MetricName; by: DimensionName }>>;
const ROWS = 9;

type Asked = Partial<Record<Part, Question>>;

interface Props {
  readonly bot: string;
  readonly parts: readonly Part[];
}

/** The figures of a chatbot that an embed link shows; no figure opens, as there is nothing behind it to open. */
export function EmbedBody({ bot, parts }: Props): JSX.Element {
  const { say } = useTexts();
  const { view } = useView();
  const formats = useFormats();
  const asked = { ...askedBy({ ...view, compare: { with: "none", weekday: false } }), chatbots: [bot] };
  const questions = Object.fromEntries(parts.flatMap((part) => questionOf(part, asked))) as Asked;
  const answers = useAnswers(questions as Record<string, Question>);
  return (
    <div className={style.parts}>
      {parts.includes("cards") ? (
        <div className={style.wide}>
          <Card title={say("embed.part.cards")}>
            <Widget state={stateOf(answers, "cards")} height="56px">
              {(answer) => (
                <dl className={style.cards}>
                  {CARDS.map((metric) => (
                    <div key={metric} className={style.card}>
                      <dt>{say(`metric.${metric}.short`)}</dt>
                      <dd className={style.figure}><FigureText figure={answer.rows[0]?.[metric]} metric={metric} /></dd>
                    </div>
                  ))}
                </dl>
              )}
            </Widget>
          </Card>
        </div>
      ) : null}
      {parts.includes("chart") ? (
        <div className={style.wide}>
          <Card title={say("metric.conversations.label")}>
            <Widget state={stateOf(answers, "chart")} height="240px">
              {(answer) => <LineChart metric="conversations" points={pointsOf(answer, formats)} />}
            </Widget>
          </Card>
        </div>
      ) : null}
      {parts.map((part) => (isList(part) ? (
        <Card key={part} title={say(`embed.part.${part}`)}>
          <Widget state={mapped(stateOf(answers, part), (answer) => (answer.rows.length === 0 ? null : answer))} height="200px">
            {(answer) => (
              <Held rows={answer.rows} id={(row) => String(row[LISTS[part].by])} of={JSON.stringify(questions[part])}>
                {(rows) => (
                  <BarList
                    metric={LISTS[part].metric}
                    heads={[say(`dimension.${LISTS[part].by}.short`), say(`metric.${LISTS[part].metric}.short`)]}
                    rows={rows.map((row) => ({
                      id: String(row[LISTS[part].by]),
                      name: <bdi>{nameOf(answer, row[LISTS[part].by], LISTS[part].by, formats)}</bdi>,
                      figure: row[LISTS[part].metric] ?? null,
                    }))}
                  />
                )}
              </Held>
            )}
          </Widget>
        </Card>
      ) : null))}
    </div>
  );
}

function isList(part: Part): part is keyof typeof LISTS {
  return Object.hasOwn(LISTS, part);
}

function questionOf(part: Part, of: Omit<Question, "metrics">): [Part, Question][] {
  if (part === "cards") return [[part, { ...of, metrics: CARDS }]];
  if (part === "chart") return [[part, { ...of, metrics: ["conversations"], dimensions: ["day"] }]];
  if (!isList(part)) return [];
  const { metric, by } = LISTS[part];
  return [[part, { ...of, metrics: [metric], dimensions: [by], order_by: `-${metric}`, limit: ROWS }]];
}

function nameOf(answer: Answer, key: string | number | null | undefined, by: DimensionName, formats: Formats): string {
  return formats.key(key, by, (answer.meta as { labels?: Partial<Record<DimensionName, Readonly<Record<string, string>>>> }).labels?.[by]);
}

function pointsOf(answer: Answer, formats: Formats): Point[] {
  return answer.rows.map((row) => ({
    id: String(row.day),
    label: formats.bucket(String(row.day)),
    figure: row.conversations ?? null,
    incomplete: isIncomplete(answer, "day", row.day),
  }));
}
