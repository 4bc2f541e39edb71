import { useRef, useState, type FocusEvent, type JSX, type ReactNode } from "react";

import { Button } from "@/parts/Button";
import { useTexts } from "@/texts/texts";
import { heldRows } from "./heldRows";
import style from "./live.module.css";

interface Props<T> {
  readonly rows: readonly T[];
  readonly id: (row: T) => string;
  /** What the rows are of, and whether those are still another's: another one is another list, which is shown at once. */
  readonly of: string;
  /** It is read otherwise too, as by somebody who scrolled down in it. */
  readonly hold?: boolean;
  readonly className?: string | undefined;
  /** Draws the rows; told of how many are new and wait. */
  readonly children: (rows: readonly T[], fresh: number) => ReactNode;
}

/**
 * A list that does not move under the pointer: while it is hovered or has focus, its rows stay where they are. Their
 * figures change, and what is new waits behind "3 new".
 */
export function Held<T>({ rows, id, of, hold = false, className, children }: Props<T>): JSX.Element {
  const { say } = useTexts();
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const [order, setOrder] = useState<{ of: string; ids: readonly string[] } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  // A list without rows has nothing that could move: its first ones are shown, whoever holds it.
  const holding = (hovered || focused || hold) && order !== null && order.of === of && order.ids.length > 0;
  const now = rows.map(id);
  if (!holding && (order?.of !== of || order.ids.join("\n") !== now.join("\n"))) setOrder({ of, ids: now });
  const { shown, fresh } = holding ? heldRows(rows, id, order.ids) : { shown: rows, fresh: 0 };
  return (
    <div
      ref={box}
      className={className ?? style.held}
      onPointerEnter={(event) => { if (event.pointerType !== "touch") setHovered(true); }}
      onPointerLeave={() => { setHovered(false); }}
      onFocus={() => { setFocused(true); }}
      onBlur={(event: FocusEvent) => { setFocused(box.current?.contains(event.relatedTarget) ?? false); }}
    >
      {fresh === 0 ? null : (
        <Button className={style.fresh} look="quiet" onClick={() => { setOrder({ of, ids: now }); }}>
          {say("live.new", { n: fresh })}
        </Button>
      )}
      {children(shown, fresh)}
    </div>
  );
}
