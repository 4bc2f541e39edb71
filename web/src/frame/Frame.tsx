import { useState, type JSX, type ReactNode } from "react";

import { Button } from "@/parts/Button";
import { useTabTitle } from "@/parts/tabTitle";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import style from "./Frame.module.css";

interface Props {
  /** What stands in the rail: see `Rail`. It is the menu on narrow screens. */
  readonly rail: ReactNode;
  /** The name of what is shown; the one heading of the page. */
  readonly title: ReactNode;
  /** What stands in the tab of the browser. */
  readonly name: string;
  /** The ways between the pages of the same thing. */
  readonly tabs?: ReactNode;
  /** Period, comparison, filters: what decides what is shown. */
  readonly controls?: ReactNode;
  /** At the end of the bar: live, the zone. */
  readonly status?: ReactNode;
  /** The content is as high as what is left of the screen, and its parts scroll by themselves. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** The frame of a page: the rail at the side, the bar that stays, and the content. */
export function Frame({ rail, title, name, tabs, controls, status, fills = false, children }: Props): JSX.Element {
  const { say } = useTexts();
  const [menu, setMenu] = useState(false);
  useTabTitle(name);
  return (
    <div className={style.frame}>
      <a className={style.skip} href="#content">
        {say("frame.skip")}
      </a>
      <nav className={style.rail} aria-label={say("frame.navigation")}>
        {rail}
      </nav>
      <div className={`${style.main ?? ""} ${fills ? (style.fills ?? "") : ""}`}>
        <header className={style.bar}>
          <div className={style.first}>
            <Button className={style.menu} look="quiet" aria-label={say("frame.menu")} onClick={() => { setMenu(true); }}>
              ☰
            </Button>
            <h1 className={style.title}>{title}</h1>
            <div className={style.status}>{status}</div>
          </div>
          {controls === undefined ? null : (
            <div className={style.controls} role="group" aria-label={say("frame.controls")}>
              {controls}
            </div>
          )}
          {tabs}
        </header>
        <main id="content" className={style.content} tabIndex={-1}>
          {children}
        </main>
      </div>
      <Dialog open={menu} onOpenChange={setMenu} title={say("frame.menu")} side="start">
        <nav aria-label={say("frame.navigation")} onClick={(event) => { if (event.target instanceof Element && event.target.closest("a, [data-leaves-menu]")) setMenu(false); }}>
          {rail}
        </nav>
      </Dialog>
    </div>
  );
}
