import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { whoText } from "@/markers/whoText";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import own from "./Gap.module.css";
import type { GapDetail } from "./gaps";
import style from "./Gaps.module.css";
import { changeText } from "./words";

interface Props {
  readonly gap: GapDetail;
  readonly zone: string;
  readonly hrefOf: (id: string) => string;
}

/** What was done with a gap, by whom and when, the latest first; and what it is made of. */
export function History({ gap, zone, hrefOf }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const changes = gap.history.toSorted((one, other) => (one.at < other.at ? 1 : -1));
  return (
    <section>
      <h3 className={own.head}>{say("gap.history")}</h3>
      {changes.length === 0 ? <p className={own.quiet}>{say("gap.history.none")}</p> : null}
      <ol className={own.history}>
        {changes.map((entry, at) => (
          <li key={`${entry.at} ${String(at)}`}>
            <span>{changeText(entry, say)}</span>
            <span className={style.of}>{entry.by === "botlens" ? say("gap.history.proof") : whoText(entry.by, say)} · {formats.instant(entry.at, zone)}</span>
            {[entry.note, entry.reason].map((text) => (text === null ? null : <span key={text} className={`visitor ${own.said ?? ""}`} dir="auto">{text}</span>))}
          </li>
        ))}
      </ol>
      {gap.merged_from.length === 0 ? null : <p className={own.quiet}>{say("gap.merged_from", { n: gap.merged_from.length })}</p>}
      {gap.split_into.length === 0 ? null : (
        <p className={own.quiet}>
          {say("gap.split_into", { n: gap.split_into.length })} {gap.split_into.map((id, at) => <Link key={id} className={style.link} href={hrefOf(id)}>{say("gap.split_into.open", { number: at + 1 })}</Link>)}
        </p>
      )}
    </section>
  );
}
