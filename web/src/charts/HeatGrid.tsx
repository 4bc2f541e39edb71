import type { JSX } from "react";

import type { Figure, MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import style from "./Heat.module.css";
import { heatSteps, largest } from "./scale";

export interface HeatCell {
  /** 1 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly figure: Figure | null;
  readonly behind?: string;
}

interface Props {
  readonly metric: MetricName;
  readonly cells: readonly HeatCell[];
}

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const EVERY = 3;
const SHADES = [0, 1, 2, 3, 4, 5, 6, 7];

/** The hours of a week, darker where more happened. It is a table, and reads like one. */
export function HeatGrid({ metric, cells }: Props): JSX.Element {
  const { say } = useTexts();
  const { weekday: nameOf } = useFormats();
  const steps = heatSteps(cells.map((cell) => cell.figure));
  const found = new Map(cells.map((cell, at) => [`${String(cell.weekday)} ${String(cell.hour)}`, { cell, step: steps[at] ?? 0 }]));
  return (
    <>
    <table className={style.grid}>
      <caption className="spoken">{say("heat.caption", { metric: say(`metric.${metric}.label`) })}</caption>
      <thead>
        <tr>
          <td className={style.side} />
          {HOURS.map((hour) => (
            <th key={hour} scope="col">
              {hour % EVERY === 0 ? hour : <span className="spoken">{hour}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WEEKDAYS.map((weekday) => (
          <tr key={weekday}>
            <th scope="row">{nameOf(weekday)}</th>
            {HOURS.map((hour) => {
              const here = found.get(`${String(weekday)} ${String(hour)}`);
              return <Cell key={hour} metric={metric} weekday={nameOf(weekday, "long")} hour={hour} here={here} />;
            })}
          </tr>
        ))}
      </tbody>
    </table>
    <HeatScale metric={metric} figures={cells.map((cell) => cell.figure)} />
    </>
  );
}

/** What the shades mean: from none to the most of an hour. */
function HeatScale({ metric, figures }: { readonly metric: MetricName; readonly figures: readonly (Figure | null)[] }): JSX.Element | null {
  const { say } = useTexts();
  const { figure } = useFormats();
  const most = largest(figures);
  if (most === null) return null;
  return (
    <p className={style.scale}>
      <span>0</span>
      {SHADES.map((step) => <span key={step} className={`${style.shade ?? ""} ${style[`step${String(step)}`] ?? ""}`} aria-hidden="true" />)}
      <span>{say("heat.most", { value: figure(most, metric) })}</span>
    </p>
  );
}

interface HeatCellProps {
  readonly metric: MetricName;
  readonly weekday: string;
  readonly hour: number;
  readonly here: { readonly cell: HeatCell; readonly step: number } | undefined;
}

function Cell({ metric, weekday, hour, here }: HeatCellProps): JSX.Element {
  const { say } = useTexts();
  const { figure } = useFormats();
  const { cell, step = 0 } = here ?? {};
  const title = say("heat.cell", { weekday, hour: `${String(hour).padStart(2, "0")}:00`, value: figure(cell?.figure, metric) });
  return (
    <td className={`${style.cell ?? ""} ${style[`step${String(step)}`] ?? ""}`} title={title}>
      <span className="spoken">
        <FigureText figure={cell?.figure} metric={metric} />
      </span>
      {cell?.behind === undefined ? null : <Link href={cell.behind} aria-label={title} />}
    </td>
  );
}
