import type { JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import { CohortGrid, type Cohort } from "@/charts/CohortGrid";
import { Columns } from "@/charts/Columns";
import { HeatGrid } from "@/charts/HeatGrid";
import type { DimensionName, MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { AnswerTable } from "@/parts/AnswerTable";
import { Card } from "@/parts/Card";
import { useTable } from "@/parts/TableSwitch";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/frame/WidgetMenu";
import { dataOf, mapped, type WidgetState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Links } from "./ListWidget";

interface Props extends Pick<Links, "behind"> {
  readonly title: string;
  readonly question: Question;
  readonly state: WidgetState<Answer>;
}

interface InCardProps extends Props {
  readonly height: string;
  readonly metrics: readonly [MetricName, ...MetricName[]];
  readonly dimensions: readonly [DimensionName, ...DimensionName[]];
  readonly children: (answer: Answer) => JSX.Element;
}

function InCard({ title, question, state, height, metrics, dimensions, behind, children }: InCardProps): JSX.Element {
  const table = useTable();
  const shown = mapped(state, (answer) => (answer.rows.length === 0 ? null : answer));
  const answer = dataOf(shown);
  return (
    <Card title={title} tools={<WidgetMenu name={title} question={question} answer={answer} metrics={metrics} table={table} />}>
      <Widget state={shown} height={height} what={title}>
        {(data) => (table.shown ? <AnswerTable caption={title} answer={data} dimensions={dimensions} metrics={question.metrics} behind={behind} /> : children(data))}
      </Widget>
    </Card>
  );
}

/** When in the week people come. */
export function Heat(props: Props): JSX.Element {
  const { behind } = props;
  return (
    <InCard {...props} height="13rem" metrics={["conversations"]} dimensions={["weekday", "hour"]}>
      {(answer) => (
        <HeatGrid
          metric="conversations"
          cells={answer.rows.map(({ weekday, hour, conversations }) => {
            const href = behind("conversations", { weekday: weekday ?? null, hour: hour ?? null });
            return { weekday: Number(weekday), hour: Number(hour), figure: conversations ?? null, ...(href === undefined ? {} : { behind: href }) };
          })}
        />
      )}
    </InCard>
  );
}

/** A few values of a dimension as columns. */
export function ColumnsOf({ behind, metric, dimension, axis, ...rest }: Props & { readonly metric: MetricName; readonly dimension: DimensionName; readonly axis?: string }): JSX.Element {
  const formats = useFormats();
  return (
    <InCard {...rest} behind={behind} height="10rem" metrics={[metric]} dimensions={[dimension]}>
      {(answer) => (
        <Columns
          metric={metric}
          caption={rest.title}
          {...(axis === undefined ? {} : { axis })}
          columns={answer.rows.filter((row) => row[dimension] !== null).slice(0, 10).map((row) => {
            const href = behind(metric, { [dimension]: row[dimension] ?? null });
            return { id: String(row[dimension]), label: formats.key(row[dimension], dimension), figure: row[metric] ?? null, ...(href === undefined ? {} : { behind: href }) };
          })}
        />
      )}
    </InCard>
  );
}

/** Who came again. */
export function Retention(props: Props): JSX.Element {
  return (
    <InCard {...props} height="12rem" metrics={["retention_rate"]} dimensions={["cohort_week", "weeks_later"]}>
      {(answer) => <CohortGrid metric="retention_rate" cohorts={cohortsOf(answer, props.behind)} />}
    </InCard>
  );
}

function cohortsOf(answer: Answer, behind: Links["behind"]): Cohort[] {
  const weeks = new Map<string, { size: Cohort["size"]; figures: Cohort["figures"][number][]; behind: (string | undefined)[] }>();
  for (const row of answer.rows) {
    const week = String(row.cohort_week);
    const found = weeks.get(week) ?? { size: null, figures: [], behind: [] };
    const later = Number(row.weeks_later);
    if (later === 0) found.size = row.retained_sessions ?? null;
    found.figures[later] = row.retention_rate ?? null;
    found.behind[later] = behind("retained_sessions", { cohort_week: week, weeks_later: later });
    weeks.set(week, found);
  }
  return [...weeks].map(([week, of]) => ({ week, ...of }));
}

/** A title for a widget that has no list: said here, so that pages stay short. */
export function useTitles(): Readonly<Record<"heat" | "depth" | "drop_off" | "retention" | "ratings", string>> {
  const { say } = useTexts();
  return { heat: say("bot.heat"), depth: say("bot.depth"), drop_off: say("bot.drop_off"), retention: say("bot.retention"), ratings: say("bot.ratings") };
}
