import { createContext, useContext, useEffect, useMemo, useState, type JSX, type ReactNode } from "react";

import type { Answer } from "@/api/questions";
import { dateIn, lastDateBefore } from "@/format/formatDate";
import type { Dates } from "./periods";

/** What the answers of a page say of all of it: its zone, its now, its dates. */
export interface Told {
  readonly zone: string;
  readonly asOf: string | null;
  readonly shown: (Dates & { readonly today: string }) | null;
  /** The chatbots of which a first copy is still being counted: no figure has all of theirs. */
  readonly uncounted: readonly string[];
  /** The chatbots that get another threshold, of which some conversations may be counted by the one of before. */
  readonly recounting: readonly string[];
}

const Context = createContext<{ told: Told | null; tell: (told: Told) => void }>({ told: null, tell: () => undefined });

/** Pages inside tell what the bar around them shows. */
export function Telling({ children }: { readonly children: ReactNode }): JSX.Element {
  const [told, tell] = useState<Told | null>(null);
  const value = useMemo(() => ({ told, tell }), [told]);
  return <Context value={value}>{children}</Context>;
}

export function useTold(): Told | null {
  return useContext(Context).told;
}

/** Tell the bar what an answer of the page says of all of it. */
export function useTelling(answer: Answer | null): void {
  const { tell } = useContext(Context);
  const meta = answer?.meta;
  const text = meta === undefined ? null : JSON.stringify(toldOf(meta));
  useEffect(() => {
    if (text !== null) tell(JSON.parse(text) as Told);
  }, [text, tell]);
}

function toldOf({ timezone: zone, as_of: asOf, window, uncounted, recounting }: Answer["meta"]): Told {
  const shown =
    asOf !== undefined && window.from !== null && window.to !== null
      ? { first: dateIn(window.from, zone), last: lastDateBefore(window.to, zone), today: dateIn(asOf, zone) }
      : null;
  return { zone, asOf: asOf ?? null, shown, uncounted: uncounted ?? [], recounting: recounting ?? [] };
}
