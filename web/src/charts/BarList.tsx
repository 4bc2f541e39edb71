import type { CSSProperties, JSX, ReactNode } from "react";

import type { Figure, MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { shares } from "./scale";
import style from "./BarList.module.css";

export interface BarRow {
  readonly id: string;
  readonly name: ReactNode;
  readonly figure: Figure | null;
  /** Figures beside the first, in the order of `columns`. */
  readonly more?: readonly ReactNode[];
  readonly title?: string;
  /** Where the name leads: the same page with a filter more. */
  readonly href?: string;
  /** Where the figure leads: the conversations behind it. */
  readonly behind?: string;
}

interface Props {
  readonly rows: readonly BarRow[];
  readonly metric: MetricName;
  readonly heads: readonly [ReactNode, ...ReactNode[]];
}

/** Names with figures, longest bar first as the rows come. The bars are of one scale, from 0. */
export function BarList({ rows, metric, heads }: Props): JSX.Element {
  const widths = shares(rows.map((row) => row.figure));
  return (
    <table className={style.list}>
      <thead>
        <tr>
          {heads.map((head, at) => (
            <th key={at} scope="col" className={at === 0 ? style.name : style.number}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={row.id} className={style.row}>
            <th scope="row" className={style.name} title={row.title}>
              <span className={style.bar} style={{ "--share": widths[at] ?? 0 } as CSSProperties} aria-hidden="true" />
              <Linked href={row.href}>{row.name}</Linked>
            </th>
            <td className={style.number}>
              <Linked href={row.behind}>
                <FigureText figure={row.figure} metric={metric} />
              </Linked>
            </td>
            {row.more?.map((cell, column) => (
              <td key={column} className={style.number}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Linked({ href, children }: { readonly href?: string | undefined; readonly children: ReactNode }): ReactNode {
  if (href === undefined) return <span className={style.text}>{children}</span>;
  return (
    <Link className={`${style.text ?? ""} ${style.link ?? ""}`} href={href}>
      {children}
    </Link>
  );
}
