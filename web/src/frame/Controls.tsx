import type { JSX } from "react";

import { useTexts } from "@/texts/texts";
import { useView } from "@/url/useView";
import { CompareMenu } from "./CompareMenu";
import { Filters } from "./Filters";
import { PeriodMenu } from "./PeriodMenu";
import { useTold } from "./Told";
import style from "./Bar.module.css";

interface Props {
  readonly chatbot: string | null;
  /** Whether the page has anything that is compared. */
  readonly compares: boolean;
  /** Why filters do not apply to what it shows; where this is absent they do. */
  readonly unfiltered?: string | undefined;
}

/** Period, comparison, filters: all in the address, each step one of Back. */
export function Controls({ chatbot, compares, unfiltered }: Props): JSX.Element {
  const { say } = useTexts();
  const { view, change } = useView();
  const told = useTold();
  return (
    <>
      <PeriodMenu period={view.period} shown={told?.shown ?? null} onPick={(period) => { change({ period }); }} />
      {!compares ? null
      : "name" in view.period && view.period.name === "all" ? <span className={style.note}>{say("bar.nothing_before")}</span>
      : <CompareMenu compare={view.compare} onPick={(compare) => { change({ compare }); }} />}
      {unfiltered !== undefined ? (view.filters.length === 0 ? null : <span className={style.note}>{unfiltered}</span>) : <Filters filters={view.filters} chatbot={chatbot} onChange={(filters) => { change({ filters }); }} />}
    </>
  );
}
