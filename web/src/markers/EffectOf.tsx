import { useState, type JSX } from "react";

import { SelectField } from "@/forms/Field";
import type { MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { METRICS } from "@/generated/catalogue";
import { ChangeMark, FigureText } from "@/parts/FigureText";
import { Widget } from "@/parts/Widget";
import { failedState, type WidgetState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import style from "./markers.module.css";
import { useEffectOf, type Effect, type EffectSide } from "./useMarkers";

interface Props {
  readonly marker: string;
  readonly metric: MetricName;
  /** The page shows only some conversations; an effect is of all. */
  readonly filtered: boolean;
}

/** The metrics of whole periods; the others are of exchanges and cohorts. */
const OF_PERIODS = (Object.keys(METRICS) as MetricName[]).filter((metric) => (METRICS[metric].dimensions as readonly string[]).includes("day"));

/** What a metric did around a marker: as many days before as after, and whether that is more than chance. */
export function EffectOf({ marker, metric, filtered }: Props): JSX.Element {
  const { say } = useTexts();
  const [of, setOf] = useState(OF_PERIODS.includes(metric) ? metric : "conversations");
  const asked = useEffectOf(marker, of);
  const state: WidgetState<Effect> =
    asked.data !== undefined ? { kind: "data", data: asked.data }
    : asked.error === null ? { kind: "loading" }
    : failedState(asked.error, () => void asked.refetch());
  return (
    <section className={style.effect} aria-label={say("marker.effect")}>
      <SelectField label={say("marker.effect")} value={of} onChange={(event) => { setOf(event.target.value as MetricName); }}>
        {OF_PERIODS.map((each) => <option key={each} value={each}>{say(`metric.${each}.label`)}</option>)}
      </SelectField>
      <Widget state={state} height="9rem" what={say("marker.effect")}>
        {(effect) => <Sides effect={effect} metric={of} />}
      </Widget>
      {filtered ? <p className={style.quiet}>{say("marker.effect.unfiltered")}</p> : null}
    </section>
  );
}

/** Both sides of a marker, and in a sentence what can be said of the difference. */
export function Sides({ effect, metric }: { readonly effect: Effect; readonly metric: MetricName }): JSX.Element {
  const { say } = useTexts();
  const { date } = useFormats();
  const { before, after, change, distinguishable } = effect;
  if (before === null || after === null || change === null) return <p className={style.quiet}>{say("marker.effect.too_early")}</p>;
  return (
    <div>
      <SideTable before={before} after={after} metric={metric} />
      <p className={style.verdict} data-sure={distinguishable === true || undefined}>
        <ChangeMark change={{ ...change, distinguishable }} metric={metric} />
        <span>
          {distinguishable === null ? say("marker.effect.too_few", { n: effect.least_n }) : say(distinguishable ? "marker.effect.real" : "marker.effect.chance")}
        </span>
      </p>
      <p className={style.quiet}>{say("marker.effect.how", { days: effect.days, day: date(effect.left_out, "dayAndYear") })}</p>
    </div>
  );
}

interface SideTableProps {
  readonly before: EffectSide;
  readonly after: EffectSide;
  readonly metric: MetricName;
}

const COUNTS: ReadonlySet<string> = new Set(["count", "sum", "distinct"]);

/** Both sides beside each other: on how many they stand, where that is another number, and how sure they are. */
function SideTable({ before, after, metric }: SideTableProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const counted = COUNTS.has(METRICS[metric].kind);
  const sure = before.interval !== null || after.interval !== null;
  return (
    <table className={style.sides}>
      <thead>
        <tr>
          <td />
          <th scope="col" className={style.number}>{say(`metric.${metric}.short`)}</th>
          {counted ? null : <th scope="col" className={style.number}>{say("marker.effect.n")}</th>}
          {sure ? <th scope="col" className={style.number}>{say("marker.effect.interval")}</th> : null}
        </tr>
      </thead>
      <tbody>
        {([["before", before], ["after", after]] as const).map(([name, side]) => (
          <tr key={name}>
            <th scope="row">
              {say(`marker.effect.${name}`)}
              <span className={style.days}>{formats.dates(side.days.from, side.days.to)}</span>
            </th>
            <td className={style.number}><FigureText figure={side.value} metric={metric} /></td>
            {counted ? null : <td className={style.number}>{side.n === null ? "" : formats.count(side.n)}</td>}
            {sure ? <td className={style.number}>{side.interval === null ? "" : `${formats.figure(side.interval[0], metric)} – ${formats.figure(side.interval[1], metric)}`}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
