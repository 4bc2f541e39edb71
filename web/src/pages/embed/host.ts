import { useEffect, type RefObject } from "react";

/**
 * Tell the page around this one: `botlens:height` with the height that it needs, `botlens:ended` with why it shows nothing
 * any more.
 *
 * @param origins those that the link names; nobody else hears it. Null: they are not known, as when the link is over. Then
 *   whoever frames the page hears it, which the server lets those origins alone do.
 */
export function tellHost(origins: readonly string[] | null, said: Readonly<Record<string, string | number>>): void {
  if (window.parent === window) return;
  for (const origin of origins ?? ["*"]) window.parent.postMessage(said, origin);
}

/** Tell the host how high something is, now and whenever that changes. */
export function useHeightOf(box: RefObject<HTMLElement | null>, origins: readonly string[] | null): void {
  useEffect(() => {
    const seen = box.current;
    if (seen === null || origins === null) return undefined;
    const watcher = new ResizeObserver(() => {
      tellHost(origins, { type: "botlens:height", height: Math.ceil(seen.getBoundingClientRect().height) });
    });
    watcher.observe(seen);
    return () => { watcher.disconnect(); };
  }, [box, origins]);
}
