import type { JSX } from "react";

import { piecesOf, type FoundPlace } from "./pieces";
import style from "./Said.module.css";

interface Props {
  readonly text: string;
  readonly places?: readonly FoundPlace[] | undefined;
  /** Whether addresses in it can be opened; not within a link. */
  readonly links?: boolean;
}

/** What somebody wrote: text and nothing but text, in its own direction, with what was looked for marked. */
export function Said({ text, places = [], links = false }: Props): JSX.Element {
  return (
    <span className="visitor" dir="auto">
      {piecesOf(text, places).map((piece, at) => {
        const shown = piece.found ? <mark className={style.found}>{piece.text}</mark> : piece.text;
        if (piece.link === null || !links) return <span key={at}>{shown}</span>;
        return (
          <a key={at} className={style.link} href={piece.link} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
            {shown}
          </a>
        );
      })}
    </span>
  );
}
