import { useState, type JSX } from "react";

import { useTexts, type TextId } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import { ALL, ORDERS, SIGNALS, STATES } from "./gaps";
import style from "./Choosing.module.css";

/** Which gaps are listed, and in which order. */
export function Choosing({ shown }: { readonly shown: Shown }): JSX.Element {
  const { say } = useTexts();
  const { others, changeOthers } = shown;
  const choice = (name: "state" | "order" | "signal", all: readonly string[], none: TextId, idOf: (each: string) => TextId): JSX.Element => (
    <select className={style.select} aria-label={say(`gaps.choose.${name}`)} value={all.includes(others[name] ?? "") ? others[name] : ""} onChange={(event) => { changeOthers({ [name]: event.target.value === "" ? null : event.target.value }); }}>
      <option value="">{say(none)}</option>
      {all.map((each) => <option key={each} value={each}>{say(idOf(each))}</option>)}
    </select>
  );
  return (
    <div className={style.choosing}>
      <Find sought={others.q ?? ""} onFind={(q) => { changeOthers({ q: q === "" ? null : q }); }} />
      {choice("order", ORDERS.slice(1), "gaps.order.impact", (each) => `gaps.order.${each}` as TextId)}
      {choice("state", [ALL, ...STATES], "gaps.state.awaiting", (each) => (each === ALL ? "gaps.state.all" : `gap.state.${each}` as TextId))}
      {choice("signal", SIGNALS, "gaps.signal.all", (each) => `gaps.signal.${each}` as TextId)}
    </div>
  );
}

interface FindProps {
  /** What is looked for, as the address has it. */
  readonly sought: string;
  readonly onFind: (text: string) => void;
}

/** The field to look for gaps; it has what the address has, also when somebody goes back to another search. */
function Find({ sought, onFind }: FindProps): JSX.Element {
  const { say } = useTexts();
  const [text, setText] = useState(sought);
  const [known, setKnown] = useState(sought);
  if (known !== sought) {
    setKnown(sought);
    setText(sought);
  }
  const find = (): void => {
    if (text.trim() !== sought) onFind(text.trim());
  };
  return (
    <form className={style.find} role="search" onSubmit={(event) => { event.preventDefault(); find(); }}>
      <input className={style.search} type="search" value={text} placeholder={say("gaps.find")} aria-label={say("gaps.find")} onChange={(event) => { setText(event.target.value); }} onBlur={find} />
    </form>
  );
}
