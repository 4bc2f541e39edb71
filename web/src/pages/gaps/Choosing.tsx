import { useState, type JSX } from "react";

import { useTexts, type TextId } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import { ORDERS, SIGNALS, STATES } from "./gaps";
import style from "./Choosing.module.css";

/** Which gaps are listed, and in which order. */
export function Choosing({ shown }: { readonly shown: Shown }): JSX.Element {
  const { say } = useTexts();
  const { others, changeOthers } = shown;
  const [text, setText] = useState(others.q ?? "");
  const choice = (name: "state" | "order" | "signal", all: readonly string[], none: TextId, idOf: (each: string) => TextId): JSX.Element => (
    <select className={style.select} aria-label={say(`gaps.choose.${name}`)} value={all.includes(others[name] ?? "") ? others[name] : ""} onChange={(event) => { changeOthers({ [name]: event.target.value === "" ? null : event.target.value }); }}>
      <option value="">{say(none)}</option>
      {all.map((each) => <option key={each} value={each}>{say(idOf(each))}</option>)}
    </select>
  );
  const find = (): void => { changeOthers({ q: text.trim() === "" ? null : text.trim() }, "replace"); };
  return (
    <div className={style.choosing}>
      <form className={style.find} role="search" onSubmit={(event) => { event.preventDefault(); find(); }}>
        <input className={style.search} type="search" value={text} placeholder={say("gaps.find")} aria-label={say("gaps.find")} onChange={(event) => { setText(event.target.value); }} onBlur={() => { if (text.trim() !== (others.q ?? "")) find(); }} />
      </form>
      {choice("order", ORDERS.slice(1), "gaps.order.impact", (each) => `gaps.order.${each}` as TextId)}
      {choice("state", STATES, "gaps.state.all", (each) => `gap.state.${each}` as TextId)}
      {choice("signal", SIGNALS, "gaps.signal.all", (each) => `gaps.signal.${each}` as TextId)}
    </div>
  );
}
