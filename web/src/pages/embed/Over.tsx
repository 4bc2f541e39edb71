import { useEffect, useRef, type JSX } from "react";

import { ApiError, sentenceOf } from "@/api/error";
import { isText, useTexts } from "@/texts/texts";
import { tellHost, useHeightOf } from "./host";
import style from "./embed.module.css";

interface Props {
  readonly error: unknown;
  /** Who may hear of it; null: not known. */
  readonly origins: readonly string[] | null;
}

/** Why nothing is shown, or nothing any more, and what helps. */
export function Over({ error, origins }: Props): JSX.Element {
  const { say } = useTexts();
  const box = useRef<HTMLElement>(null);
  useHeightOf(box, origins);
  const code = error instanceof ApiError ? error.code : "";
  const ended = error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (ended) tellHost(origins, { type: "botlens:ended", code });
  }, [ended, code, origins]);
  const id = `embed.over.${code}`;
  return (
    <main ref={box} className={style.over}>
      <h1 className={style.overTitle}>{isText(id) ? say(id) : ended ? say("embed.over") : say("session.failed")}</h1>
      <p>{isText(id) || ended ? say("embed.over.text") : sentenceOf(error, say)}</p>
    </main>
  );
}
