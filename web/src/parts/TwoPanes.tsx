import type { JSX, ReactNode } from "react";

import style from "./TwoPanes.module.css";

interface Props {
  readonly list: ReactNode;
  readonly detail: ReactNode;
  /** Whether something is chosen: on narrow screens it is the page then, and the list is not seen. */
  readonly chosen: boolean;
}

/** A list and what is chosen of it, beside each other from 1,100 px; each scrolls by itself. */
export function TwoPanes({ list, detail, chosen }: Props): JSX.Element {
  return (
    <div className={style.panes} data-chosen={chosen}>
      <div className={style.list}>{list}</div>
      <div className={style.detail}>{detail}</div>
    </div>
  );
}
