import type { JSX } from "react";

import type { MetricName } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { useTexts, type Say } from "@/texts/texts";
import style from "./LineChart.module.css";
import type { Marker, Point } from "./points";

interface Props {
  readonly point: Point;
  readonly metric: MetricName;
  readonly x: number;
  readonly width: number;
  readonly markers: readonly Marker[];
}

/** What a point says, beside it: on its right, or on its left where there is no room. */
export function PointTip({ point, metric, x, width, markers }: Props): JSX.Element {
  const { say } = useTexts();
  const { figure } = useFormats();
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  return (
    <div className={style.tip} style={side} aria-hidden="true">
      <dl>
        <dt>
          {point.label}
          {point.incomplete ? <span className={style.note}> · {say("chart.so_far")}</span> : null}
        </dt>
        <dd>{figure(point.figure, metric)}</dd>
        {point.before ? (
          <>
            <dt>{point.before.label}</dt>
            <dd className={style.old}>{figure(point.before.figure, metric)}</dd>
          </>
        ) : null}
      </dl>
      {markers.map((marker) => (
        <p key={marker.id} className={style.marker}>
          <span className={style.note} dir="auto">⚑ {marker.text}</span>
          {marker.about === undefined ? null : <span dir="auto">{marker.about}</span>}
        </p>
      ))}
    </div>
  );
}

/** What a point says, as a sentence, with what happened then. */
export function pointText(point: Point, metric: MetricName, formats: Formats, say: Say, markers: readonly Marker[] = []): string {
  return [figuresText(point, metric, formats, say), ...markers.map(({ text }) => say("chart.marker", { text }))].join(". ");
}

function figuresText(point: Point, metric: MetricName, formats: Formats, say: Say): string {
  const value = point.figure === null ? say("figure.none") : formats.figure(point.figure, metric);
  const label = point.incomplete ? `${point.label} (${say("chart.so_far")})` : point.label;
  if (!point.before) return say("chart.point", { label, value });
  const beforeValue = formats.figure(point.before.figure, metric);
  return say("chart.point.before", { label, value, beforeLabel: point.before.label, beforeValue });
}
