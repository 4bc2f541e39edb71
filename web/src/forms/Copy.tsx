import { useEffect, useState, type JSX } from "react";

import { Button } from "@/parts/Button";
import { useTexts } from "@/texts/texts";
import style from "./forms.module.css";

interface Props {
  readonly text: string;
  /** What it is, for whom listens. */
  readonly what: string;
  /** Several lines, as they are. */
  readonly block?: boolean;
}

const SAID_MS = 2_000;

/** A text to take away, with the button that does. */
export function Copy({ text, what, block = false }: Props): JSX.Element {
  return (
    <div className={`${style.copy ?? ""} ${block ? (style.block ?? "") : ""}`}>
      <pre className={style.code} tabIndex={0} aria-label={what}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

/** The button alone; it says when it has done it, and when the browser does not let it. */
export function CopyButton({ text, what }: Pick<Props, "text" | "what">): JSX.Element {
  const { say } = useTexts();
  const [said, setSaid] = useState<"form.copied" | "form.copy_failed" | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = setTimeout(() => { setSaid(null); }, SAID_MS);
    return () => { clearTimeout(timer); };
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("form.copied");
    } catch {
      setSaid("form.copy_failed");
    }
  };
  return (
    <Button className={style.copyButton} aria-label={say("form.copy_what", { what })} onClick={() => void copy()}>
      <span aria-live="polite">{say(said ?? "form.copy")}</span>
    </Button>
  );
}
