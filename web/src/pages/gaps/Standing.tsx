import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import type { GapsMeta } from "./gaps";
import style from "./Gaps.module.css";

/** What is to be known of all gaps: what they rest on, how they were grouped, what waits, what is hidden. */
export function Standing({ meta }: { readonly meta: GapsMeta }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { model_missing: missing, model, waiting_questions: waiting, hidden, linked_at: linked } = meta;
  const strong = [
    meta.has_scores ? null : say("gaps.no_scores"),
    missing === null ? null : say("gaps.model.missing", { why: missing }),
    waiting === 0 ? null : `${say("gaps.waiting", { n: waiting })}${meta.lag_seconds < 1 ? "" : ` ${say("gaps.waiting.since", { time: formats.duration(meta.lag_seconds * 1_000) })}`}`,
    hidden === 0 ? null : say("gaps.hidden", { n: hidden }),
  ].filter((each) => each !== null);
  const quiet = [
    linked === null ? null : say("gaps.linked", { when: formats.moment(linked, meta.timezone) }),
    model?.plain === true ? say("gaps.model.plain") : null,
  ].filter((each) => each !== null);
  return (
    <div role="status" className={style.standing}>
      {strong.map((text) => <p key={text} className={style.note}>{text}</p>)}
      {quiet.length === 0 ? null : <p className={style.of}>{quiet.join(" ")}</p>}
    </div>
  );
}
