import type { JSX } from "react";

import type { Figure, MetricName } from "@/figures";
import { lineOf, placesOf, type Box } from "./line";
import { scaleOf } from "./scale";
import style from "./Sparkline.module.css";

interface Props {
  readonly figures: readonly (Figure | null)[];
  readonly metric: MetricName;
  /** The last bucket is not over. */
  readonly open?: boolean;
}

const BOX: Box = { left: 2, top: 3, width: 96, height: 22 };

/** The shape of figures over time, beside the figure that says it; so it is nothing to be read out. */
export function Sparkline({ figures, metric, open = false }: Props): JSX.Element {
  const places = placesOf(figures, BOX, scaleOf(figures, metric));
  const line = lineOf(places, figures.map((_, at) => open && at === figures.length - 1));
  return (
    <svg className={style.sparkline} viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
      <path className={style.open} d={line.open} />
      <path d={line.sure} />
      {line.dots.map((dot) => (
        <path key={dot.x} className={style.dot} d={`M${String(dot.x)},${String(dot.y)}h0.01`} />
      ))}
    </svg>
  );
}
