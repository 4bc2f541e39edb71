import { useSyncExternalStore } from "react";

let printing = false;

/** Whether the page is put on paper now: what is drawn in part while somebody scrolls is drawn whole then. */
export function usePrinting(): boolean {
  return useSyncExternalStore(hear, isPrinting);
}

function isPrinting(): boolean {
  return printing || window.matchMedia("print").matches;
}

/** Told before the browser looks at the page, which then is drawn anew at once. */
function hear(changed: () => void): () => void {
  const begin = (): void => { printing = true; changed(); };
  const end = (): void => { printing = false; changed(); };
  const paper = window.matchMedia("print");
  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
  paper.addEventListener("change", changed);
  return () => {
    window.removeEventListener("beforeprint", begin);
    window.removeEventListener("afterprint", end);
    paper.removeEventListener("change", changed);
  };
}
