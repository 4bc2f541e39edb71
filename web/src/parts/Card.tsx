import { useId, type JSX, type ReactNode } from "react";

import style from "./Card.module.css";

interface Props {
  readonly title: ReactNode;
  /** What stands at the end of the head: a menu, a switch. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a title. */
export function Card({ title, tools, children }: Props): JSX.Element {
  const id = useId();
  return (
    <section className={style.card} aria-labelledby={id}>
      <header className={style.head}>
        <h2 id={id} className={style.title}>
          {title}
        </h2>
        {tools === undefined ? null : <div className={style.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}
