import type { JSX } from "react";

import type { MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import style from "./LineChart.module.css";
import { labelled, xOf, type Box } from "./line";
import type { Scale } from "./scale";

interface Props {
  readonly box: Box;
  readonly scale: Scale;
  readonly metric: MetricName;
  readonly labels: readonly string[];
}

const LABEL_PX = 84; // a date, and some air
const SIGN_PX = 6.2;

/** How far from each other labels stand: the first begins where it stands, the others have it in their middle. */
function distance(labels: readonly string[]): number {
  return Math.max(LABEL_PX, 1.5 * SIGN_PX * Math.max(0, ...labels.map((label) => label.length)));
}

/** The lines of round numbers, and the labels of the points as far as they fit. */
export function Axes({ box, scale, metric, labels }: Props): JSX.Element {
  const { tick } = useFormats();
  const bottom = box.top + box.height;
  return (
    <g>
      {scale.ticks.map((figure) => {
        const y = bottom - box.height * scale.up(figure);
        return (
          <g key={y}>
            <line className={style.grid} x1={box.left} x2={box.left + box.width} y1={y} y2={y} />
            <text className={style.tick} x={box.left - 8} y={y} dy="0.32em" textAnchor="end">
              {tick(figure, metric)}
            </text>
          </g>
        );
      })}
      {labelled(labels.length, box.width, distance(labels)).map((at) => (
        <text key={at} className={style.tick} x={xOf(at, labels.length, box)} y={bottom + 18} textAnchor={anchor(at, labels, box)}>
          {labels[at]}
        </text>
      ))}
    </g>
  );
}

/** On which side of its point a label stands: it never leaves the chart. */
function anchor(at: number, labels: readonly string[], box: Box): "start" | "middle" | "end" {
  if (labels.length < 2) return "middle";
  const half = (SIGN_PX * (labels[at]?.length ?? 0)) / 2;
  return at === 0 ? "start" : xOf(at, labels.length, box) + half > box.left + box.width ? "end" : "middle";
}
