import type { JSX } from "react";

import type { FieldName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { CompareMenu } from "@/frame/CompareMenu";
import { Filters } from "@/frame/Filters";
import { filterText } from "@/frame/filterText";
import { PeriodMenu } from "@/frame/PeriodMenu";
import { within, type Bounds } from "@/frame/periods";
import { useTold } from "@/frame/Told";
import { useTexts } from "@/texts/texts";
import { printFilter } from "@/url/url";
import { useView } from "@/url/useView";
import { isComparable, lockedFilters, viewWithin } from "./page";
import style from "./embed.module.css";

interface Props {
  readonly bot: string;
  readonly bounds: Bounds;
  /** The filters that are always true, as the API has them. */
  readonly locked: unknown;
  /** Fields that the link leaves out. */
  readonly without: readonly FieldName[];
}

/** Period, comparison and filters, as far as a link lets them be chosen; what it fixes is said. */
export function Bounded({ bot, bounds, locked, without }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change } = useView();
  const told = useTold();
  const fixed = lockedFilters(locked);
  const period = within(view.period, bounds);
  const some = isComparable({ period, compare: { with: "prev", weekday: false } }, bounds);
  return (
    <div className={style.controls} role="group" aria-label={say("frame.controls")}>
      {fixed === null ? <span className={style.fixed}>{say("embed.locked.some")}</span> : null}
      {fixed?.map((filter) => (
        <span key={printFilter(filter)} className={style.fixed} title={say("embed.locked")} dir="auto">{filterText(filter, say, formats)}</span>
      ))}
      <PeriodMenu period={period} shown={told?.shown ?? null} bounds={bounds} onPick={(picked) => { change({ period: picked }); }} />
      {some ? <CompareMenu compare={viewWithin(view, bounds).compare} onPick={(compare) => { change({ compare }); }} /> : null}
      <Filters filters={view.filters} chatbot={bot} without={without} onChange={(filters) => { change({ filters }); }} />
    </div>
  );
}
