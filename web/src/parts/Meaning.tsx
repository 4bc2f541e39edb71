import type { JSX } from "react";

import type { Answer, Basis } from "@/api/questions";
import type { Change, MetricName } from "@/figures";
import { dateIn, lastDateBefore } from "@/format/formatDate";
import { useFormats } from "@/format/useFormats";
import { METRICS } from "@/generated/catalogue";
import { useTexts, isText, type Say } from "@/texts/texts";
import { doubtOf } from "./FigureText";
import style from "./Meaning.module.css";

interface Props {
  readonly metrics: readonly MetricName[];
  readonly answer: Answer | null;
}

/** What every figure leaves out; whatever else an answer leaves out is of some of its metrics. */
const OF_ALL = ["test_conversations"];

/** What figures mean: the definition, what they stand on, what is left out, how fresh they are. */
export function Meaning({ metrics, answer }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const all: readonly string[] = [...OF_ALL, ...metrics.flatMap((metric) => METRICS[metric].excluded)];
  const left = Object.entries(answer?.meta.excluded ?? {}).filter(([name, count]) => count > 0 && all.includes(name));
  return (
    <div className={style.meaning}>
      {metrics.map((metric) => (
        <section key={metric}>
          <h3>{say(`metric.${metric}.label`)}</h3>
          <p>{say(`metric.${metric}.definition`)}</p>
          <Stands metric={metric} answer={answer} />
          <Against metric={metric} answer={answer} />
        </section>
      ))}
      {left.length === 0 ? null : (
        <section className={style.quiet}>
          <h3>{say("meaning.left_out")}</h3>
          <ul>
            {left.map(([name, count]) => {
              const id = `left_out.${name}`;
              return <li key={name}>{isText(id) ? say(id, { n: count }) : `${name}: ${String(count)}`}</li>;
            })}
          </ul>
        </section>
      )}
      {answer?.meta.freshness == null ? null : <p className={style.quiet}>{say("meaning.fresh", { when: formats.instant(answer.meta.freshness, answer.meta.timezone) })}</p>}
    </div>
  );
}

function Stands({ metric, answer }: { readonly metric: MetricName; readonly answer: Answer | null }): JSX.Element | null {
  const { say } = useTexts();
  const { count, figure } = useFormats();
  const all = answer?.meta.n?.[metric];
  const basis: Basis | undefined = answer?.totals?.n?.[metric] ?? (all?.length === 1 ? all[0] : undefined);
  if (basis === undefined) return null;
  const { numerator, denominator, n, interval } = basis;
  return (
    <p className={style.quiet}>
      {numerator !== undefined && denominator !== undefined ? say("meaning.of", { part: count(numerator), whole: count(denominator) }) : null}
      {n === undefined ? null : say("meaning.n", { n: count(n) })}
      {interval == null ? null : ` ${say("meaning.interval", { low: figure(interval[0], metric), high: figure(interval[1], metric) })}`}
    </p>
  );
}

/** What it was in the other period, and whether the difference is more than chance; of a single figure alone. */
function Against({ metric, answer }: { readonly metric: MetricName; readonly answer: Answer | null }): JSX.Element | null {
  const { say } = useTexts();
  const { figure, dates } = useFormats();
  const compared = answer?.compare;
  if (compared?.rows.length !== 1 || answer?.rows.length !== 1) return null;
  const { from, to } = compared.window;
  const zone = answer.meta.timezone;
  if (from === null || to === null) return null;
  const change = compared.change?.[metric]?.[0];
  const judged = change === undefined ? undefined : verdictOf(change, say);
  return (
    <p className={style.quiet}>
      {say("meaning.before", { dates: dates(dateIn(from, zone), lastDateBefore(to, zone)), value: figure(compared.rows[0]?.[metric], metric) })}
      {judged === undefined ? null : ` ${judged}`}
    </p>
  );
}

function verdictOf(change: Change, say: Say): string | undefined {
  if (change.distinguishable === null || change.unsaid != null) return doubtOf(change, say);
  return say(change.distinguishable ? "meaning.change.real" : "meaning.change.chance");
}
