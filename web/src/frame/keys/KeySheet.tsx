import { useState, type JSX } from "react";

import { periodText } from "../PeriodMenu";
import { useFormats } from "@/format/useFormats";
import { Dialog } from "@/popups/Popups";
import { useTexts, type TextId } from "@/texts/texts";
import { singleKeys, turnSingleKeys } from "./keys";
import { PERIOD_KEYS, periodOf } from "./periods";
import style from "./keys.module.css";

type KeyLine = readonly [keys: readonly string[], text: TextId];

const GROUPS: readonly { readonly title: TextId; readonly lines: readonly KeyLine[] }[] = [
  { title: "keys.everywhere", lines: [[["Ctrl", "K"], "keys.palette"], [["?"], "keys.sheet"], [["G", "O"], "keys.overview"], [["X"], "keys.compare"], [["F"], "keys.filter"], [["C"], "keys.custom"], [["V"], "keys.table"]] },
  { title: "keys.conversations", lines: [[["/"], "keys.search"], [["J"], "keys.next"], [["K"], "keys.previous"], [["N"], "keys.unanswered"], [["Esc"], "keys.back"]] },
];

/** All keys there are, and the switch that turns single ones off. */
export function KeySheet({ onOpenChange }: { readonly onOpenChange: (open: boolean) => void }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [on, setOn] = useState(singleKeys);
  const periods = Object.keys(PERIOD_KEYS) as (keyof typeof PERIOD_KEYS)[];
  return (
    <Dialog open onOpenChange={onOpenChange} title={say("keys.title")}>
      <div className={style.sheet}>
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className={style.group}>{say(group.title)}</h3>
            <dl>
              {group.lines.map(([keys, text]) => <KeyLine key={text} keys={keys} text={say(text)} />)}
            </dl>
          </section>
        ))}
        <section>
          <h3 className={style.group}>{say("keys.periods")}</h3>
          <dl>
            {periods.map((key) => <KeyLine key={key} keys={[key.toUpperCase()]} text={periodText(periodOf(key), say, formats)} />)}
          </dl>
        </section>
      </div>
      <label className={style.switch}>
        <input type="checkbox" checked={on} onChange={(event) => { setOn(event.target.checked); turnSingleKeys(event.target.checked); }} />
        <span>
          {say("keys.single")}
          <span className={style.note}>{say("keys.single.note")}</span>
        </span>
      </label>
    </Dialog>
  );
}

function KeyLine({ keys, text }: { readonly keys: readonly string[]; readonly text: string }): JSX.Element {
  return (
    <div className={style.line}>
      <dt className={style.keys}>{keys.map((key) => <kbd key={key} className={style.key}>{key}</kbd>)}</dt>
      <dd>{text}</dd>
    </div>
  );
}
