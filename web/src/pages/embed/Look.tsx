import { useEffect, useRef, type JSX, type ReactNode } from "react";

import type { Theme } from "@/theme";
import { accentTokens } from "./accent";
import style from "./embed.module.css";

interface Props {
  readonly theme: Theme;
  /** A colour, `#rrggbb`. It is made readable: see `accent.ts`. */
  readonly accent: string | null;
  readonly children: ReactNode;
}

/** Whatever is inside has another face: a theme, and an accent. */
export function Look({ theme, accent, children }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useAccent(() => box.current, accent);
  return (
    <div ref={box} className={`${style.look ?? ""} ${theme === "system" ? "" : (style[theme] ?? "")}`}>
      {children}
    </div>
  );
}

/** The whole page has that face, with all that opens over it; it is in a frame, in which nothing but it scrolls. */
export function useLookOfPage(theme: Theme, accent: string | null): void {
  useAccent(() => document.documentElement, accent);
  useEffect(() => {
    const root = document.documentElement;
    root.dataset.embedded = "";
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    // A frame may be higher than the screen: what opens over the page opens where somebody pressed something.
    const notice = (event: Event): void => {
      if (event.target instanceof Element) root.style.setProperty("--popup-at", `${String(Math.round(event.target.getBoundingClientRect().top))}px`);
    };
    document.addEventListener("pointerdown", notice, true);
    document.addEventListener("keydown", notice, true);
    return () => {
      delete root.dataset.embedded;
      document.removeEventListener("pointerdown", notice, true);
      document.removeEventListener("keydown", notice, true);
    };
  }, [theme]);
}

function useAccent(of: () => HTMLElement | null, accent: string | null): void {
  const place = useRef(of);
  useEffect(() => {
    const own = place.current()?.style;
    if (own === undefined || accent === null) return undefined;
    const tokens = accentTokens(accent);
    for (const [name, value] of tokens) own.setProperty(name, value);
    return () => { for (const [name] of tokens) own.removeProperty(name); };
  }, [accent]);
}
