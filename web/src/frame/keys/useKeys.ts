import { useEffect, useRef } from "react";

import { isPalette, layKeys, reader, singleKeys, type Doing, type Keys } from "./keys";

/** Take part in the keys of the page. What is further in is asked first, and what came later. */
export function useKeys(keys: Keys): void {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  const names = Object.keys(keys).join("\n");
  useEffect(() => {
    const laid = names.split("\n").map((name): [string, Doing] => [name, () => now.current[name]?.() ?? false]);
    return layKeys(Object.fromEntries(laid));
  }, [names]);
}

/** Listen to the keyboard for the whole page; stands once, around it. */
export function useKeyboard(openPalette: () => void): void {
  const open = useRef(openPalette);
  useEffect(() => {
    open.current = openPalette;
  });
  useEffect(() => {
    const read = reader();
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      if (isPalette(event)) {
        event.preventDefault();
        open.current();
      } else if (singleKeys() && read(event, event.timeStamp)) {
        event.preventDefault();
      }
    };
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("keydown", pressed);
    };
  }, []);
}
