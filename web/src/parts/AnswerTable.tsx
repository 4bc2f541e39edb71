import type { JSX } from "react";

import type { Answer } from "@/api/questions";
import type { DimensionName, MetricName, Row } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import type { Cell } from "@/url/behind";
import { FigureText } from "./FigureText";
import { Link } from "./Link";
import { Table, type Column } from "./Table";
import style from "./Table.module.css";

interface Props {
  readonly caption: string;
  readonly answer: Answer;
  readonly rows?: readonly Row[];
  readonly dimensions: readonly [DimensionName, ...DimensionName[]];
  readonly metrics: readonly MetricName[];
  /** The link to the conversations of one figure. */
  readonly behind: (metric: MetricName, cell: Cell) => string | undefined;
}

/** An answer as the table that it is: what its rows are of, and each figure with the way to its conversations. */
export function AnswerTable({ caption, answer, rows = answer.rows, dimensions, metrics, behind }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [first, ...more] = dimensions.map((dimension): Column<Row> => ({
    id: dimension,
    head: say(`dimension.${dimension}.short`),
    cell: (row) => <bdi>{formats.key(row[dimension], dimension, answer.meta.labels?.[dimension])}</bdi>,
  }));
  if (first === undefined) throw new Error("A table has at least one dimension.");
  const figures = metrics.map((metric): Column<Row> => ({
    id: metric,
    head: say(`metric.${metric}.short`),
    number: true,
    cell: (row) => {
      const href = behind(metric, Object.fromEntries(dimensions.map((dimension) => [dimension, row[dimension] ?? null])));
      const figure = <FigureText figure={row[metric]} metric={metric} />;
      return href === undefined ? figure : <Link className={style.link} href={href}>{figure}</Link>;
    },
  }));
  return <Table caption={caption} columns={[first, ...more, ...figures]} rows={rows} id={(row) => JSON.stringify(dimensions.map((each) => row[each]))} bounded />;
}
