import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type JSX, type KeyboardEvent } from "react";

import { Skeleton } from "@/parts/Skeleton";
import style from "./List.module.css";
import { Row } from "./Row";
import { drawnRows, scrolledTo } from "@/parts/rows";
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
  const total = list.total ?? 0;
  const drawn = drawnRows(seen.top, seen.height, row, total);
  const chosen = list.rows.findIndex((each) => each.conversation_id === current?.conversation_id && each.chatbot_id === current.chatbot_id);

  useLayoutEffect(() => {
    const place = scroller.current;
    if (place === null) return;
    const look = (): void => {
      if (place.clientHeight === 0) return;
      setSeen({ top: place.scrollTop, height: place.clientHeight });
      onScroll(place.scrollTop > 0);
    };
    place.scrollTop = places.get(id) ?? 0;
    look();
    const kept = (): void => {
      if (place.clientHeight > 0) places.set(id, place.scrollTop);
      look();
    };
    place.addEventListener("scroll", kept, { passive: true });
    const watcher = new ResizeObserver(() => {
      if (place.clientHeight > 0 && place.scrollTop === 0) place.scrollTop = places.get(id) ?? 0; // seen again
      look();
    });
    watcher.observe(place);
    return () => {
      place.removeEventListener("scroll", kept);
      watcher.disconnect();
    };
  }, [id, onScroll]);

  useEffect(() => {
    const place = scroller.current;
    if (place !== null && chosen >= 0 && place.clientHeight > 0) place.scrollTop = scrolledTo(chosen, place.scrollTop, place.clientHeight, row);
  }, [chosen, row]);

  const { more } = list;
  const lacking = drawn.to > list.rows.length && list.rows.length < total;
  useEffect(() => {
    if (lacking && !list.fetching) more();
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

  const focusable = focused >= drawn.from && focused < drawn.to ? focused : drawn.from;
  return (
    <div ref={scroller} className={`${style.scroller ?? ""} ${list.old ? (style.old ?? "") : ""}`} aria-busy={list.old}>
      <ol className={style.rows} aria-label={label} style={{ blockSize: total * row }} onKeyDown={moved}>
        {Array.from({ length: drawn.to - drawn.from }, (_, at) => at + drawn.from).map((index) => {
          const each = list.rows[index];
          const place: CSSProperties = { insetBlockStart: index * row, blockSize: row };
          return (
            <li key={each === undefined ? index : `${each.chatbot_id} ${each.conversation_id}`} className={style.place} style={place} aria-setsize={total} aria-posinset={index + 1} data-index={index}>
              {each === undefined ? (
                <div className={style.coming}><Skeleton height="2rem" what={label} /></div>
              ) : (
                <Row
                  row={each}
                  href={hrefOf(each)}
                  zone={list.zone}
                  bot={botName === null ? null : botName(each.chatbot_id)}
                  current={index === chosen}
                  focusable={index === focusable}
                  onFocus={() => { setFocused(index); }}
                />
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** How many pixels 1rem is: more, where people have set larger letters. */
function pixelsOfRem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
