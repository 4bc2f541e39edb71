import type { JSX, ReactNode } from "react";

import type { MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { Table, type Column } from "@/parts/Table";
import { useTexts } from "@/texts/texts";
import type { Marker, Point } from "./points";

interface Props {
  readonly metric: MetricName;
  readonly points: readonly Point[];
  readonly markers?: readonly Marker[];
  /** What the points are: "Day". */
  readonly head: string;
}

/** A chart as a table: the same figures, to read and to copy. */
export function ChartTable({ metric, points, markers = [], head }: Props): JSX.Element {
  const { say } = useTexts();
  const label = say(`metric.${metric}.label`);
  const compared = points.some((point) => point.before);
  const columns: [Column<Point>, ...Column<Point>[]] = [
    { id: "label", head, cell: (point) => (point.incomplete ? `${point.label} · ${say("chart.so_far")}` : point.label) },
    { id: "figure", head: label, number: true, cell: (point) => <Opened href={point.behind}><FigureText figure={point.figure} metric={metric} /></Opened> },
  ];
  if (compared) {
    columns.push(
      { id: "label_before", head: say("chart.before"), cell: (point) => point.before?.label ?? "" },
      { id: "before", head: label, number: true, cell: (point) => <FigureText figure={point.before?.figure} metric={metric} /> },
    );
  }
  if (markers.length > 0) {
    const at = new Map(points.map((point, index) => [point.id, markers.filter((marker) => marker.at === index)]));
    columns.push({ id: "markers", head: say("chart.markers"), cell: (point) => at.get(point.id)?.map((marker) => <div key={marker.id} dir="auto">{marker.text}</div>) });
  }
  return <Table caption={label} columns={columns} rows={points} id={(point) => point.id} bounded />;
}

function Opened({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }): ReactNode {
  return href === undefined ? children : <Link href={href}>{children}</Link>;
}
