import type { JSX } from "react";

import type { Figure, MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import style from "./Columns.module.css";
import { shares } from "./scale";

export interface ColumnOf {
  readonly id: string;
  readonly label: string;
  readonly figure: Figure | null;
  readonly behind?: string;
  readonly title?: string;
}

interface Props {
  readonly metric: MetricName;
  readonly columns: readonly ColumnOf[];
  readonly caption: string;
  /** What the columns are, where their title does not say it. */
  readonly axis?: string;
}

/** A few figures as columns from 0, each with its number above: ratings, depths. */
export function Columns({ metric, columns, caption, axis }: Props): JSX.Element {
  const heights = shares(columns.map((column) => column.figure));
  return (
    <>
    {axis === undefined ? null : <p className={style.axis}>{axis}</p>}
    <ul className={style.columns} aria-label={caption}>
      {columns.map((column, at) => (
        <li key={column.id} className={style.column} title={column.title}>
          <span className={style.figure}>
            <FigureText figure={column.figure} metric={metric} />
          </span>
          <svg className={style.plot} viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
            <rect y={100 - 100 * (heights[at] ?? 0)} width={10} height={100 * (heights[at] ?? 0)} />
          </svg>
          <span className={style.label}>
            {column.behind === undefined ? column.label : <Link href={column.behind}>{column.label}</Link>}
          </span>
        </li>
      ))}
    </ul>
    </>
  );
}
