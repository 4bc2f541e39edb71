import { useEffect, useRef, type JSX, type ReactNode } from "react";

import type { Theme } from "@/theme";
import style from "./embed.module.css";

interface Props {
  readonly theme: Theme;
  /** A colour, `#rrggbb`. */
  readonly accent: string | null;
  readonly children: ReactNode;
}

/** Whatever is inside has another face: a theme, and an accent. */
export function Look({ theme, accent, children }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const own = box.current?.style;
    if (own === undefined) return;
    if (accent === null) own.removeProperty("--accent");
    else own.setProperty("--accent", accent);
  }, [accent]);
  return (
    <div ref={box} className={`${style.look ?? ""} ${theme === "system" ? "" : (style[theme] ?? "")}`}>
      {children}
    </div>
  );
}
