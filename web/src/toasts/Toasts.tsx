import { useEffect, useState, type JSX } from "react";

import { useTexts } from "@/texts/texts";
import style from "./Toasts.module.css";
import { dismiss, useToasts, type Toast } from "./toasts";

const SHOWN_MS = 5_000;

/** What is said at the edge of the page, seen and heard. Stands once, whatever page is shown. */
export function Toasts(): JSX.Element {
  const toasts = useToasts();
  return (
    <div className={style.toasts}>
      <div role="status" aria-live="polite">
        {toasts.filter((each) => !each.failed).map((each) => <Said key={each.id} toast={each} />)}
      </div>
      <div role="alert">
        {toasts.filter((each) => each.failed).map((each) => <Said key={each.id} toast={each} />)}
      </div>
    </div>
  );
}

function Said({ toast: { id, text, failed } }: { readonly toast: Toast }): JSX.Element {
  const { say } = useTexts();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (failed || held) return undefined;
    const timer = setTimeout(() => { dismiss(id); }, SHOWN_MS);
    return () => { clearTimeout(timer); };
  }, [id, failed, held]);
  const hold = (): void => { setHeld(true); };
  const release = (): void => { setHeld(false); };
  return (
    <div className={style.toast} data-failed={failed || undefined} onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release}>
      <span aria-hidden="true">{failed ? "!" : "✓"}</span>
      <span className={style.text} dir="auto">{text}</span>
      <button type="button" className={style.close} aria-label={say("frame.close")} onClick={() => { dismiss(id); }}>✕</button>
    </div>
  );
}
