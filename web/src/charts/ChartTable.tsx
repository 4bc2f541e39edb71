import type { JSX } from "react";

import type { MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Table, type Column } from "@/parts/Table";
import { useTexts } from "@/texts/texts";
import type { Point } from "./points";

interface Props {
  readonly metric: MetricName;
  readonly points: readonly Point[];
  /** What the points are: "Day". */
  readonly head: string;
}

/** A chart as a table: the same figures, to read and to copy. */
export function ChartTable({ metric, points, head }: Props): JSX.Element {
  const { say } = useTexts();
  const label = say(`metric.${metric}.label`);
  const compared = points.some((point) => point.before);
  const columns: [Column<Point>, ...Column<Point>[]] = [
    { id: "label", head, cell: (point) => (point.incomplete ? `${point.label} · ${say("chart.so_far")}` : point.label) },
    { id: "figure", head: label, number: true, cell: (point) => <FigureText figure={point.figure} metric={metric} /> },
  ];
  if (compared) {
    columns.push(
      { id: "label_before", head: say("chart.before"), cell: (point) => point.before?.label ?? "" },
      { id: "before", head: label, number: true, cell: (point) => <FigureText figure={point.before?.figure} metric={metric} /> },
    );
  }
  return <Table caption={label} columns={columns} rows={points} id={(point) => point.id} />;
}
