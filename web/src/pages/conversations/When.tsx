import { useState, type JSX } from "react";

import { useFormats } from "@/format/useFormats";
import style from "./Bubble.module.css";

interface Props {
  readonly at: string;
  /** When the conversation began; null, or the same moment: the time itself is shown. */
  readonly start: string | null;
  readonly zone: string;
}

/** A time in a conversation, from its beginning; the exact one in the company's zone on hover, focus and tap. */
export function When({ at, start, zone }: Props): JSX.Element {
  const formats = useFormats();
  const [exact, setExact] = useState(false);
  const later = start === null ? "" : formats.later(at, start);
  const whole = formats.instant(at, zone);
  if (later === "") return <time className={style.when} dateTime={at} title={whole}>{formats.moment(at, zone)}</time>;
  return (
    <button
      type="button"
      className={style.when}
      aria-label={`${later}, ${whole}`}
      onMouseEnter={() => { setExact(true); }}
      onMouseLeave={() => { setExact(false); }}
      onFocus={() => { setExact(true); }}
      onBlur={() => { setExact(false); }}
    >
      <time dateTime={at}>{exact ? whole : later}</time>
    </button>
  );
}
