import type { JSX } from "react";

import { isText, useTexts } from "@/texts/texts";
import style from "./Gaps.module.css";

/** The state of a gap, in a word; an open one is as ever, and says nothing. */
export function StateMark({ state, always = false }: { readonly state: string; readonly always?: boolean }): JSX.Element | null {
  const { say } = useTexts();
  const id = `gap.state.${state}`;
  if (state === "open" && !always) return null;
  return <span className={style.mark} data-look={state}>{isText(id) ? say(id) : state}</span>;
}
