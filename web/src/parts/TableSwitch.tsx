import { useState, type JSX } from "react";

import { useTexts } from "@/texts/texts";
import { Button } from "./Button";

/** Whether something is shown as a table, and how that is changed. */
export interface TableOrNot {
  readonly shown: boolean;
  readonly toggle: () => void;
}

/** Something that can be shown as a table; at first it is not. */
export function useTable(): TableOrNot {
  const [shown, setShown] = useState(false);
  return { shown, toggle: () => { setShown(!shown); } };
}

/** Turns a chart into its table and back; the key V presses it, from anywhere in its card. */
export function TableSwitch({ shown, toggle }: TableOrNot): JSX.Element {
  const { say } = useTexts();
  const text = say(shown ? "widget.chart" : "widget.table");
  return (
    <Button look="quiet" aria-label={text} title={`${text} (V)`} data-key-target="table" onClick={toggle}>
      <svg width={14} height={14} viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true">
        {shown ? <path d="M1 11.5 4.5 7l3 2.5L13 2.5" /> : <path d="M1.5 1.5h11v11h-11zM1.5 5h11M1.5 9h11M5.5 5v7.5" />}
      </svg>
    </Button>
  );
}
