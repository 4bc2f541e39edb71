import type { JSX, ReactNode } from "react";

import { ApiError, sentenceOf } from "@/api/error";
import { Button } from "@/parts/Button";
import { say, useTexts } from "@/texts/texts";
import style from "./forms.module.css";

interface Props {
  readonly onSend: () => void;
  /** What the button says. */
  readonly send: string;
  readonly busy: boolean;
  /** Whether there is nothing to send. */
  readonly idle?: boolean;
  /** Why it was not taken; what is about one field stands below that field. */
  readonly error: unknown;
  readonly fields?: readonly string[];
  /** What is said when it was. */
  readonly done?: string | null;
  readonly children: ReactNode;
}

/** What is filled in and sent. */
export function Form({ onSend, send, busy, idle = false, error, fields = [], done, children }: Props): JSX.Element {
  const { say } = useTexts();
  const shownBelow = error instanceof ApiError && error.field !== null && fields.includes(error.field);
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !idle) onSend();
      }}
    >
      {children}
      {error === null || error === undefined || shownBelow ? null : (
        <p className={style.error} role="alert">
          {sentenceOf(error, say)}
        </p>
      )}
      <div className={style.send}>
        <Button type="submit" look="main" disabled={busy || idle}>
          {send}
        </Button>
        <span role="status" className={style.done}>
          {done ?? ""}
        </span>
      </div>
    </form>
  );
}

/** What is wrong with one field, in the language of the page where that has words for it. */
export function errorOf(error: unknown, field: string): string | undefined {
  return error instanceof ApiError && error.field === field ? sentenceOf(error, say) : undefined;
}
