import { useSyncExternalStore } from "react";

/** From here on a list and what is chosen of it are seen beside each other; see `TwoPanes`. */
const WIDE = "(min-width: 1100px)";

/** Whether a list and what is chosen of it are seen beside each other. */
export function useWide(): boolean {
  return useSyncExternalStore(hear, () => window.matchMedia(WIDE).matches);
}

function hear(heard: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener("change", heard);
  return () => { query.removeEventListener("change", heard); };
}
