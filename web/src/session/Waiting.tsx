import type { JSX } from "react";

import style from "./session.module.css";

/** A page of which nothing is known yet; after a moment it says that it is loading. */
export function Waiting({ what }: { readonly what: string }): JSX.Element {
  return (
    <main className={style.page} aria-busy="true">
      <p className={style.waiting} role="status">
        {what}
      </p>
    </main>
  );
}
