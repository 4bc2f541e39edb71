import type { JSX } from "react";

import { useView } from "@/url/useView";
import { CompareMenu } from "./CompareMenu";
import { Filters } from "./Filters";
import { PeriodMenu } from "./PeriodMenu";
import { useTold } from "./Told";

/** Period, comparison, filters: all in the address, each step one of Back. */
export function Controls({ chatbot }: { readonly chatbot: string | null }): JSX.Element {
  const { view, change } = useView();
  const told = useTold();
  return (
    <>
      <PeriodMenu period={view.period} shown={told?.shown ?? null} onPick={(period) => { change({ period }); }} />
      <CompareMenu compare={view.compare} onPick={(compare) => { change({ compare }); }} />
      <Filters filters={view.filters} chatbot={chatbot} onChange={(filters) => { change({ filters }); }} />
    </>
  );
}
