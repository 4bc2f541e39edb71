import type { JSX } from "react";

import { useTexts } from "@/texts/texts";
import type { KeysOpen } from "./Keyboard";
import style from "./keys.module.css";

interface Props {
  readonly onOpen: (what: KeysOpen) => void;
}

/** Opens the palette, for whoever does not know its keys; it says them. */
export function SearchEntry({ onOpen }: Props): JSX.Element {
  const { say } = useTexts();
  return <KeyEntry text={say("keys.entry.search")} keys="Ctrl K" onPick={() => { onOpen("palette"); }} />;
}

/** Opens the sheet of keys. */
export function SheetEntry({ onOpen }: Props): JSX.Element {
  const { say } = useTexts();
  return <KeyEntry text={say("keys.entry.sheet")} keys="?" onPick={() => { onOpen("sheet"); }} />;
}

function KeyEntry({ text, keys, onPick }: { readonly text: string; readonly keys: string; readonly onPick: () => void }): JSX.Element {
  return (
    <button type="button" className={style.entry} data-leaves-menu="" onClick={onPick}>
      <span>{text}</span>
      <kbd className={style.key}>{keys}</kbd>
    </button>
  );
}
