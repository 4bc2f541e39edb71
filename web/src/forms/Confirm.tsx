import { useState, type JSX, type ReactNode } from "react";

import { sentenceOf } from "@/api/error";
import { Button } from "@/parts/Button";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { TextField } from "./Field";
import style from "./forms.module.css";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** What is lost. */
  readonly children: ReactNode;
  readonly go: string;
  readonly onGo: () => void;
  readonly busy: boolean;
  readonly error: unknown;
  /** What has to be written before it can be done: for what cannot be had back. */
  readonly word?: string;
}

/** Asks before something is ended for good, and says what is lost. */
export function Confirm({ open, onClose, title, children, go, onGo, busy, error, word }: Props): JSX.Element {
  const { say } = useTexts();
  const [written, setWritten] = useState("");
  return (
    <Dialog open={open} onOpenChange={(now) => { if (!now) { setWritten(""); onClose(); } }} title={title}>
      <div className={style.form}>
        <div className={style.text}>{children}</div>
        {word === undefined ? null : (
          <TextField label={say("form.write", { word })} value={written} onChange={(event) => { setWritten(event.target.value); }} />
        )}
        {error === null || error === undefined ? null : (
          <p className={style.error} role="alert">
            {sentenceOf(error, say)}
          </p>
        )}
        <div className={style.send}>
          <Button look="danger" disabled={busy || (word !== undefined && written.trim() !== word)} onClick={onGo}>
            {go}
          </Button>
          <Button look="quiet" onClick={onClose}>
            {say("form.cancel")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
