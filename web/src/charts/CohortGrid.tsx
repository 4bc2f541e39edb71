import { useState, type JSX } from "react";

import type { Figure, MetricName } from "@/figures";
import { FigureText } from "@/parts/FigureText";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import style from "./Heat.module.css";
import { heatSteps } from "./scale";

export interface Cohort {
  /** The Monday of its week, a local date. */
  readonly week: string;
  readonly size: Figure | null;
  /** By weeks later, from 0; undefined where it is not that late yet. */
  readonly figures: readonly (Figure | null | undefined)[];
  readonly behind?: readonly (string | undefined)[];
}

interface Props {
  readonly metric: MetricName;
  readonly cohorts: readonly Cohort[];
}

const SHOWN = 12;

/** Who came first in a week, and how many of them came again, by weeks later: the latest weeks, then all of them. */
export function CohortGrid({ metric, cohorts }: Props): JSX.Element {
  const { say } = useTexts();
  const [all, setAll] = useState(false);
  return (
    <div>
      <p className={style.axis}>{say("cohort.axis")}</p>
      <Grid metric={metric} cohorts={all ? cohorts : cohorts.slice(-SHOWN)} />
      {cohorts.length <= SHOWN ? null : (
        <Button look="quiet" aria-expanded={all} onClick={() => { setAll(!all); }}>{all ? say("cohort.latest") : say("cohort.all", { n: cohorts.length })}</Button>
      )}
    </div>
  );
}

function Grid({ metric, cohorts }: Props): JSX.Element {
  const { say } = useTexts();
  const { bucket } = useFormats();
  const weeks = Math.max(0, ...cohorts.map((cohort) => cohort.figures.length));
  // The first week is all of them, always: beside it the others would have no shade.
  const all = cohorts.flatMap((cohort) => Array.from({ length: weeks }, (_, later) => (later === 0 ? null : cohort.figures[later])));
  const steps = heatSteps(all);
  return (
    <div className={style.scroll} role="region" aria-label={say("cohort.caption")} tabIndex={0}>
      <table className={`${style.grid ?? ""} ${style.cohorts ?? ""}`}>
        <caption className="spoken">{say("cohort.caption")}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col" className={style.number}>
              {say("cohort.size")}
            </th>
            {Array.from({ length: weeks }, (_, later) => (
              <th key={later} scope="col">
                +{later}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((cohort, row) => (
            <tr key={cohort.week}>
              <th scope="row">{bucket(cohort.week)}</th>
              <td className={style.number}>
                <FigureText figure={cohort.size} metric="unique_sessions" />
              </td>
              {Array.from({ length: weeks }, (_, later) => (
                <Cell key={later} metric={metric} cohort={cohort} later={later} step={steps[row * weeks + later] ?? 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CohortCellProps {
  readonly metric: MetricName;
  readonly cohort: Cohort;
  readonly later: number;
  readonly step: number;
}

function Cell({ metric, cohort, later, step }: CohortCellProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const figure = cohort.figures[later];
  if (figure === undefined) return <td className={`${style.cell ?? ""} ${style.blank ?? ""}`} />;
  const href = cohort.behind?.[later];
  const value = formats.figure(figure, metric);
  const title = say("cohort.cell", { cohort: formats.bucket(cohort.week), n: later, value });
  return (
    <td className={`${style.cell ?? ""} ${style[`step${String(step)}`] ?? ""}`} title={title}>
      <FigureText figure={figure} metric={metric} />
      {href === undefined ? null : <Link href={href} aria-label={title} />}
    </td>
  );
}
