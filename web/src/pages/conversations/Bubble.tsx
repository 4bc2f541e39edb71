import { useState, type JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import style from "./Bubble.module.css";
import type { Message, Vote } from "./items";
import type { FoundPlace } from "./pieces";
import { roleText } from "./Row";
import { Said } from "./Said";
import { When } from "./When";

interface Props {
  readonly message: Message;
  readonly places: readonly FoundPlace[] | undefined;
  /** Below which confidence an answer counts as unanswered; null is not known. */
  readonly threshold: number | null;
  readonly zone: string;
  readonly start: string | null;
  /** It is the one that was gone to. */
  readonly current: boolean;
}

const LONG = 1_200;

/** A message: who said it, when, what, how sure the bot was, and how it was voted on. */
export function Bubble({ message, places, threshold, zone, start, current }: Props): JSX.Element {
  const { say } = useTexts();
  const [all, setAll] = useState(false);
  const long = message.content.length > LONG && places === undefined;
  const look = [style.bubble, message.unanswered ? style.unanswered : undefined].filter(Boolean).join(" ");
  return (
    <article className={style.message} data-role={message.role} data-message={message.id} tabIndex={-1} data-current={current}>
      <header className={style.head}>
        <span className={style.role}>{roleText(message.role, say)}</span>
        <When at={message.created_at} start={start} zone={zone} />
      </header>
      <div className={look}>
        <div className={`${style.text ?? ""} ${long && !all ? (style.cut ?? "") : ""}`}>
          {message.content === "" ? <span className={style.empty}>{say("transcript.empty")}</span> : <Said text={message.content} places={places} links />}
        </div>
        {long ? (
          <button type="button" className={style.all} aria-expanded={all} onClick={() => { setAll(!all); }}>
            {say(all ? "transcript.less" : "transcript.all")}
          </button>
        ) : null}
      </div>
      <Sureness message={message} threshold={threshold} />
      {message.feedback === null ? null : <VoteLine vote={message.feedback} />}
    </article>
  );
}

function Sureness({ message, threshold }: Pick<Props, "message" | "threshold">): JSX.Element | null {
  const { say } = useTexts();
  const formats = useFormats();
  const { confidence_score: score, unanswered, fallback, latency_ms: latency } = message;
  const below = threshold !== null && score !== null && score < threshold;
  const parts = [
    fallback ? say("transcript.fallback") : null,
    score === null ? null
    : below ? say("transcript.confidence.below", { score: formats.score(score, threshold), threshold: formats.score(threshold) })
    : say("transcript.confidence", { score: formats.score(score) }),
    latency === null ? null : say("transcript.latency", { time: formats.duration(latency) }),
  ].filter((part) => part !== null);
  if (parts.length === 0 && !unanswered) return null;
  return (
    <p className={style.sureness}>
      {unanswered ? <strong className={style.bad}>{say("transcript.unanswered")}</strong> : null}
      {parts.map((part) => <span key={part}>{part}</span>)}
    </p>
  );
}

/** A vote, in words, with what was written to it. */
export function VoteLine({ vote }: { readonly vote: Vote }): JSX.Element {
  const { say } = useTexts();
  const positive = vote.value === "positive";
  return (
    <p className={style.vote}>
      <span className={positive ? style.good : style.bad}>
        <span aria-hidden="true">{positive ? "▲ " : "▼ "}</span>
        {say(positive ? "transcript.vote.positive" : "transcript.vote.negative")}
      </span>
      {vote.comment === null || vote.comment === "" ? null : <q className={style.comment}><Said text={vote.comment} links /></q>}
    </p>
  );
}
