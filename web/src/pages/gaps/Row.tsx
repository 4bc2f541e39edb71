import { Fragment, type JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { Said } from "@/pages/conversations/Said";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import type { Gap } from "./gaps";
import style from "./Gaps.module.css";
import { StateMark } from "./StateMark";
import { awaitsAnswer, monthlyRange, perMonth } from "./words";

interface Props {
  readonly gap: Gap;
  readonly zone: string;
  readonly current: boolean;
  readonly href: string;
}

/** A gap in the list: its question, what an answer would save as long as there is none, how many asked and failed, and what is special about it. */
export function Row({ gap, zone, current, href }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const range = monthlyRange(gap.impact, formats);
  const about = [
    say("gap.visitors", { n: gap.sessions }),
    gap.failing_share.value === null ? null : say("gap.failing", { share: formats.share(gap.failing_share.value) }),
    gap.last_asked_at === null ? null : say("gap.last", { when: formats.moment(gap.last_asked_at, zone) }),
  ].filter((each) => each !== null);
  return (
    <li className={style.row} data-chosen={current}>
      <div className={style.what}>
        <Link className={style.choice} href={href} aria-current={current || undefined} title={gap.title}><Said text={gap.title} /></Link>
        <span className={style.of}>
          {about.map((text, at) => <Fragment key={text}>{at === 0 ? null : " "}<span className={style.whole}>{at === about.length - 1 ? text : `${text} ·`}</span></Fragment>)}
        </span>
        <span className={style.marks}>
          <StateMark state={gap.state} />
          {gap.rising ? <span className={style.mark} data-look="rising"><span aria-hidden="true">↗</span> {say("gap.rising")}</span> : null}
          {gap.strength === "weaker" ? <span className={style.mark} title={say("gap.weaker.hint")}>{say("gap.weaker")}</span> : null}
        </span>
      </div>
      {awaitsAnswer(gap) ? (
        <div className={style.saves}>
          <strong>{perMonth(gap.impact.conversations_per_month, formats)}</strong>
          <span className={style.of}>{say("gap.a_month")}</span>
          {range === null ? null : <span className={style.of} title={say("gap.impact.between", { range })}>{range}</span>}
        </div>
      ) : null}
    </li>
  );
}
