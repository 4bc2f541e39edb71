import { useState, type JSX } from "react";

import { isIncomplete, type Answer, type Question } from "@/api/questions";
import { ChartTable } from "@/charts/ChartTable";
import { LineChart } from "@/charts/LineChart";
import type { Marker, Point } from "@/charts/points";
import type { MetricName } from "@/figures";
import { dateIn, lastDateBefore } from "@/format/formatDate";
import { useFormats, type Formats } from "@/format/useFormats";
import { bucketOf, datesOfBucket } from "@/frame/periods";
import { Card } from "@/parts/Card";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import type { WidgetState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import { go, useView } from "@/url/useView";
import style from "./Bot.module.css";

interface Props {
  readonly metric: MetricName;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
  readonly markers?: readonly Marker[];
  /** The link to the conversations of one bucket. */
  readonly behind: (bucket: string) => string | undefined;
}

/** The metric of the page over time, with the period before. Drag to zoom, click a point for its conversations. */
export function MainChart({ metric, question, state, markers = [], behind }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change } = useView();
  const [table, setTable] = useState(false);
  const unit = bucketOf(view.period);
  const name = say(`metric.${metric}.label`);
  const answer = state.kind === "data" || state.kind === "stale" ? state.data : null;
  const zoom = (first: Point, last: Point): void => {
    change({ period: { first: datesOfBucket(first.id, unit).first, last: datesOfBucket(last.id, unit).last } });
  };
  const open = (point: Point): void => {
    const link = behind(point.id);
    if (link !== undefined) go(link);
  };
  return (
    <Card
      title={name}
      tools={<WidgetMenu name={name} question={question} answer={answer} metrics={[metric]} table={{ shown: table, toggle: () => { setTable(!table); } }} />}
    >
      <Legend answer={answer} />
      <Widget state={state} height="240px" what={name}>
        {(data) => {
          const points = pointsOf(data, metric, unit, formats);
          if (table) return <ChartTable metric={metric} points={points} head={say(`dimension.${unit}.label`)} />;
          return <LineChart metric={metric} points={points} markers={markers} onZoom={zoom} onOpen={open} />;
        }}
      </Widget>
    </Card>
  );
}

/** Which line is of which days. */
function Legend({ answer }: { readonly answer: Answer | null }): JSX.Element {
  const formats = useFormats();
  const texts = [answer?.meta.window, answer?.compare?.window].map((window) => {
    if (!answer || !window?.from || !window.to) return null;
    return formats.dates(dateIn(window.from, answer.meta.timezone), lastDateBefore(window.to, answer.meta.timezone));
  });
  return (
    <p className={style.legend}>
      {texts[0] ? <span className={style.now}>{texts[0]}</span> : null}
      {texts[1] ? <span className={style.before}>{texts[1]}</span> : null}
    </p>
  );
}

function pointsOf(answer: Answer, metric: MetricName, unit: ReturnType<typeof bucketOf>, formats: Formats): Point[] {
  return answer.rows.map((row, at) => {
    const before = answer.compare?.rows[at];
    return {
      id: String(row[unit]),
      label: formats.bucket(String(row[unit])),
      figure: row[metric] ?? null,
      incomplete: isIncomplete(answer, unit, row[unit]),
      before: before?.[unit] == null ? undefined : { label: formats.bucket(String(before[unit])), figure: before[metric] ?? null },
    };
  });
}
