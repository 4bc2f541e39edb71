import type { JSX } from "react";

import { formatLanguage } from "@/format/formatName";
import { useFormats } from "@/format/useFormats";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import { Said } from "./Said";
import style from "./Row.module.css";
import type { Conversation } from "./useList";

interface Props {
  readonly row: Conversation;
  readonly href: string;
  readonly zone: string;
  /** The chatbot by name, where the list is of several. */
  readonly bot: string | null;
  readonly current: boolean;
  readonly focusable: boolean;
  readonly onFocus: () => void;
}

/** A conversation in a list: what was first asked, when, and what became of it. */
export function Row({ row, href, zone, bot, current, focusable, onFocus }: Props): JSX.Element {
  const { say, language } = useTexts();
  const formats = useFormats();
  const spoken = formatLanguage(row.language, language);
  const found = row.found?.first[0];
  const about = [formats.moment(row.started_at, zone), spoken, row.channel, say("conversations.messages", { n: row.messages })].filter((each) => each !== null && each !== "");
  return (
    <Link className={style.row} href={href} aria-current={current ? "true" : undefined} tabIndex={focusable ? 0 : -1} onFocus={onFocus} data-row="">
      <span className={style.top}>
      <span className={style.question} title={row.first_question ?? undefined}>
        {row.first_question === null || row.first_question.trim() === "" ? <span className={style.none}>{say("conversations.no_question")}</span> : <Said text={row.first_question} />}
      </span>
      {bot === null ? null : <bdi className={style.bot} title={bot}>{bot}</bdi>}
      </span>
      {found === undefined ? null : (
        <span className={style.snippet}>
          {roleText(found.role, say)}: <Said text={found.snippet} places={found.places.map((place) => ({ start: place.start - found.snippet_start, length: place.length })).filter((place) => place.start >= 0)} />
        </span>
      )}
      <span className={style.about}>
        <span className={style.when} title={about.join(" · ")}>{about.map((each) => <bdi key={each}>{each}</bdi>)}</span>
        <span className={style.flags}>
          {row.unanswered === 0 ? null : <span className={style.bad}>{say("conversations.unanswered", { n: row.unanswered })}</span>}
          {row.rating === null ? null : <span title={say("transcript.rating", { n: row.rating })}><span aria-hidden="true">★ </span>{say("conversations.rating", { n: row.rating })}</span>}
          {row.negative_feedback === 0 ? null : <span>{say("conversations.votes", { n: row.negative_feedback })}</span>}
          {row.handoff ? <span>{say("conversations.handoff")}</span> : null}
          {row.outcomes.slice(0, 2).map((outcome) => <span key={outcome} className={style.outcome}><bdi>{outcome}</bdi></span>)}
        </span>
      </span>
    </Link>
  );
}

/** Who said something, in words. */
export function roleText(role: string, say: ReturnType<typeof useTexts>["say"]): string {
  switch (role) {
    case "user":
      return say("transcript.role.user");
    case "assistant":
      return say("transcript.role.assistant");
    case "agent":
      return say("transcript.role.human");
    case "system":
      return say("transcript.role.system");
    default:
      return role;
  }
}
