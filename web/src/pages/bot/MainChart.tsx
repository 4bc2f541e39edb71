import { useState, type JSX } from "react";

import { isIncomplete, type Answer, type Question } from "@/api/questions";
import { ChartTable } from "@/charts/ChartTable";
import { LineChart } from "@/charts/LineChart";
import type { Point } from "@/charts/points";
import type { MetricName } from "@/figures";
import { dateIn, lastDateBefore, localTime } from "@/format/formatDate";
import { useFormats, type Formats } from "@/format/useFormats";
import { datesOfBucket, isAhead, unitOf, type Unit } from "@/frame/periods";
import { Markers, type OpenMarker } from "@/markers/Markers";
import { useFlags } from "@/markers/useFlags";
import { Card } from "@/parts/Card";
import type { TableOrNot } from "@/parts/TableSwitch";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import { dataOf, type WidgetState } from "@/parts/widgetState";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { go, useView } from "@/url/useView";
import style from "./Bot.module.css";
import { UnitChoice } from "./UnitChoice";

interface Props {
  readonly metric: MetricName;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
  /** Of which chatbot; null is all of them. */
  readonly chatbot: string | null;
  readonly table: TableOrNot;
  /** The link to the conversations of one bucket. */
  readonly behind: (bucket: string) => string | undefined;
}

/**
 * The metric of the page over time, with the period before and what happened meanwhile. Drag to zoom, click a point for its
 * conversations, the axis for a new marker.
 */
export function MainChart({ metric, question, state, chatbot, table, behind }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, others, change } = useView();
  const { admin, has } = useSession();
  const [opened, setOpened] = useState<OpenMarker>(null);
  const unit = unitOf(view.period, others.by);
  const name = say(`metric.${metric}.label`);
  const answer = dataOf(state);
  const points = answer === null ? [] : pointsOf(answer, metric, unit, formats, behind);
  const zone = answer?.meta.timezone ?? "UTC";
  const { all, here, flags } = useFlags(chatbot, points.map((point) => point.id), unit, zone);
  const now = answer?.meta.as_of;
  const mayKeep = admin && has("markers") && now !== undefined;
  const zoom = (first: Point, last: Point): void => {
    change({ period: { first: datesOfBucket(first.id, unit).first, last: datesOfBucket(last.id, unit).last } });
  };
  const open = (point: Point): void => {
    if (point.behind !== undefined) go(point.behind);
  };
  const mark = (point: Point): void => {
    setOpened({ kind: "new", at: unit === "date_hour" ? point.id.slice(0, 16) : `${datesOfBucket(point.id, unit).first}T12:00` });
  };
  return (
    <Card title={name} tools={<WidgetMenu name={name} question={question} answer={answer} metrics={[metric]} table={table} />}>
      <div className={style.over}>
        <Legend answer={answer} />
        <UnitChoice />
      </div>
      <Widget state={state} height="240px" what={name}>
        {() =>
          table.shown ? (
            <ChartTable metric={metric} points={points} markers={flags} head={say(`dimension.${unit}.label`)} />
          ) : (
            <LineChart metric={metric} points={points} markers={flags} onZoom={zoom} onOpen={open} onMarker={({ id }) => { setOpened({ kind: "story", id }); }} {...(mayKeep ? { onAxis: mark } : {})} />
          )
        }
      </Widget>
      {!has("markers") ? null : <Markers
        shown={here}
        all={all}
        chatbot={chatbot}
        metric={metric}
        zone={zone}
        filtered={view.filters.length > 0}
        now={mayKeep ? localTime(now, zone) : null}
        open={opened}
        onOpen={setOpened}
      />}
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

function pointsOf(answer: Answer, metric: MetricName, unit: Unit, formats: Formats, behind: Props["behind"]): Point[] {
  const { as_of: asOf, timezone } = answer.meta;
  const now = asOf === undefined ? null : { instant: asOf, date: dateIn(asOf, timezone) };
  return answer.rows.flatMap((row, at): Point[] => {
    if (row[unit] === undefined) return []; // an older answer, by another unit
    const before = answer.compare?.rows[at];
    const href = behind(String(row[unit]));
    return [{
      id: String(row[unit]),
      label: formats.bucket(String(row[unit])),
      figure: now !== null && isAhead(String(row[unit]), unit, now) ? null : (row[metric] ?? null),
      incomplete: isIncomplete(answer, unit, row[unit]),
      before: before?.[unit] == null ? undefined : { label: formats.bucket(String(before[unit])), figure: before[metric] ?? null },
      ...(href === undefined ? {} : { behind: href }),
    }];
  });
}
