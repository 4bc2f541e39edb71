import { useEffect, useLayoutEffect, useRef, useState, type JSX, type KeyboardEvent } from "react";

import { Skeleton } from "@/parts/Skeleton";
import style from "./List.module.css";
import { Row } from "./Row";
import { drawnRows, scrolledTo } from "@/parts/rows";
import { usePrinting } from "@/parts/usePrinting";
import type { Conversation, ConversationPages, Neighbour } from "./useList";

interface Props {
  /** What the list is of; its place is kept under this. */
  readonly id: string;
  readonly list: ConversationPages;
  readonly label: string;
  readonly searched: boolean;
  readonly current: Neighbour | null;
  readonly hrefOf: (row: Conversation) => string;
  readonly botName: ((id: string) => string) | null;
  /** Whether it is scrolled down, each time that this changes. */
  readonly onScroll: (down: boolean) => void;
}

const REM_OF_ROW = 3.875;
const REM_OF_FOUND_ROW = 5.125;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

/** Where each list was left; it is there again when somebody comes back. */
const places = new Map<string, number>();

/** A list of any length, of which only what is seen is drawn. Arrows move in it; the chosen row is always seen. */
export function List({ id, list, label, searched, current, hrefOf, botName, onScroll }: Props): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 0 });
  const [focused, setFocused] = useState(0);
  const [rem] = useState(pixelsOfRem);
  const row = rem * (searched ? REM_OF_FOUND_ROW : REM_OF_ROW);
  const printing = usePrinting(); // paper has all that is here, and nothing comes after it
  const total = printing ? list.rows.length : (list.total ?? 0);
  const drawn = printing ? { from: 0, to: total } : drawnRows(seen.top, seen.height, row, total);
  const chosen = list.rows.findIndex((each) => each.conversation_id === current?.conversation_id && each.chatbot_id === current.chatbot_id);

  useLayoutEffect(() => {
    const place = scroller.current;
    if (place === null) return undefined;
    const look = (): void => {
      if (place.clientHeight === 0) return;
      setSeen({ top: place.scrollTop, height: place.clientHeight });
      onScroll(place.scrollTop > 0);
    };
    place.scrollTop = places.get(id) ?? 0;
    look();
    return watched(place, {
      onScroll: () => {
        if (place.clientHeight > 0) places.set(id, place.scrollTop);
        look();
      },
      onSize: () => {
        if (place.clientHeight > 0 && place.scrollTop === 0) place.scrollTop = places.get(id) ?? 0; // seen again
        look();
      },
    });
  }, [id, onScroll]);

  useEffect(() => {
    const place = scroller.current;
    if (place !== null && chosen >= 0 && place.clientHeight > 0) place.scrollTop = scrolledTo(chosen, place.scrollTop, place.clientHeight, row);
  }, [chosen, row]);

  const lacking = drawn.to > list.rows.length && list.rows.length < total;
  useEffect(() => {
    if (lacking && !list.fetching) list.more();
  });

  const moved = (event: KeyboardEvent): void => {
    const place = scroller.current;
    const to = event.key === "Home" ? 0 : event.key === "End" ? total - 1 : focused + (STEPS[event.key] ?? 0);
    if (place === null || to === focused || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(to, list.rows.length - 1));
    place.scrollTop = scrolledTo(index, place.scrollTop, place.clientHeight, row);
    setFocused(index);
    requestAnimationFrame(() => { place.querySelector<HTMLElement>(`[data-index="${String(index)}"] [data-row]`)?.focus({ preventScroll: true }); });
  };

  return (
    <div ref={scroller} className={`${style.scroller ?? ""} ${list.old ? (style.old ?? "") : ""}`} aria-busy={list.old}>
      <DrawnRows list={list} label={label} from={drawn.from} to={drawn.to} row={row} total={total} chosen={chosen} focusable={focused >= drawn.from && focused < drawn.to ? focused : drawn.from} hrefOf={hrefOf} botName={botName} onFocus={setFocused} onKeyDown={moved} />
    </div>
  );
}

interface DrawnProps extends Pick<Props, "list" | "label" | "hrefOf" | "botName"> {
  readonly from: number;
  readonly to: number;
  /** How high each is, in pixels. */
  readonly row: number;
  readonly total: number;
  readonly chosen: number;
  readonly focusable: number;
  readonly onFocus: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Some of the rows, each where it stands among all of them. */
function DrawnRows({ list, label, from, to, row, total, chosen, focusable, hrefOf, botName, onFocus, onKeyDown }: DrawnProps): JSX.Element {
  return (
    <ol className={style.rows} aria-label={label} style={{ blockSize: total * row }} onKeyDown={onKeyDown}>
      {Array.from({ length: to - from }, (_, at) => at + from).map((index) => {
        const each = list.rows[index];
        return (
          <li key={each === undefined ? index : `${each.chatbot_id} ${each.conversation_id}`} className={style.place} style={{ insetBlockStart: index * row, blockSize: row }} aria-setsize={total} aria-posinset={index + 1} data-index={index}>
            {each === undefined ? (
              <div className={style.coming}><Skeleton height="2rem" what={label} /></div>
            ) : (
              <Row row={each} href={hrefOf(each)} zone={list.zone} bot={botName === null ? null : botName(each.chatbot_id)} current={index === chosen} focusable={index === focusable} onFocus={() => { onFocus(index); }} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Hear when something is scrolled or has another size, until what this returns is called. */
function watched(place: HTMLElement, { onScroll, onSize }: { readonly onScroll: () => void; readonly onSize: () => void }): () => void {
  place.addEventListener("scroll", onScroll, { passive: true });
  const watcher = new ResizeObserver(onSize);
  watcher.observe(place);
  return () => {
    place.removeEventListener("scroll", onScroll);
    watcher.disconnect();
  };
}

/** How many pixels 1rem is: more, where people have set larger letters. */
function pixelsOfRem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
