import { useEffect, useRef, useState, type JSX } from "react";

import { useKeys } from "@/frame/keys/useKeys";
import { useTexts } from "@/texts/texts";
import { LONGEST_SEARCH } from "./listed";
import style from "./Conversations.module.css";

interface Props {
  readonly search: string;
  readonly onSearch: (text: string) => void;
}

const WAIT_MS = 300;

/** The field to look through all that was said; the list follows when the hand rests. */
export function SearchBox({ search, onSearch }: Props): JSX.Element {
  const { say } = useTexts();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(search);
  const [known, setKnown] = useState(search);
  if (known !== search) {
    setKnown(search); // Back, or the part was taken away
    if (typed.trim() !== search) setTyped(search);
  }
  const tell = useRef(onSearch);
  useEffect(() => {
    tell.current = onSearch;
  });
  useEffect(() => {
    if (typed.trim() === search) return undefined;
    const waiting = setTimeout(() => { tell.current(typed.trim()); }, WAIT_MS);
    return () => { clearTimeout(waiting); };
  }, [typed, search]);
  useKeys({
    "/": () => {
      const input = field.current;
      if (input?.offsetParent == null) return false;
      input.focus();
      input.select();
      return true;
    },
  });
  return (
    <input
      ref={field}
      className={style.search}
      type="search"
      dir="auto"
      maxLength={LONGEST_SEARCH}
      value={typed}
      aria-label={say("conversations.search")}
      placeholder={say("conversations.search")}
      onChange={(event) => { setTyped(event.target.value); }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && typed === "") event.currentTarget.blur();
      }}
    />
  );
}
