import type { JSX, ReactNode } from "react";

import { useFormats } from "@/format/useFormats";
import { Said } from "@/pages/conversations/Said";
import { Arrow } from "@/parts/Arrow";
import { Link } from "@/parts/Link";
import { Skeleton } from "@/parts/Skeleton";
import { Widget } from "@/parts/Widget";
import { failedState } from "@/parts/widgetState";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import { Actions } from "./Actions";
import { Curve } from "./Curve";
import own from "./Gap.module.css";
import { GapQuestions } from "./GapQuestions";
import { useGap, type GapDetail } from "./gaps";
import style from "./Gaps.module.css";
import { History } from "./History";
import { ProofOf } from "./ProofOf";
import { StateMark } from "./StateMark";
import { aboutAMonth, awaitsAnswer, behindQuestions, betweenText, inAnAddress, monthlyRange, signsOf, workingOf } from "./words";

interface Props {
  readonly company: string;
  readonly bot: string;
  readonly view: View;
  readonly id: string;
  /** The link to the list, where that is not seen beside. */
  readonly back: string;
  /** Show another gap; null is none. */
  readonly onChoose: (id: string | null) => void;
}

/** The story of a gap: what an answer would save, whether one worked, the questions, and what was done. */
export function GapPane({ company, bot, view, id, back, onChoose }: Props): JSX.Element {
  const { say } = useTexts();
  const { admin } = useSession();
  const asked = useGap(id, view);
  const { data } = asked;
  if (data === undefined) {
    return (
      <div className={style.scroller}>
        {asked.error === null ? <div className={own.gap}><Skeleton height="24rem" what={say("gaps.title")} /></div> : <Widget state={failedState(asked.error, () => void asked.refetch())} height="12rem">{() => null}</Widget>}
      </div>
    );
  }
  const { gap, meta } = data;
  const zone = meta.timezone;
  const leading = inAnAddress(gap.examples.map((each) => each.question));
  const conversations = (questions: readonly string[]): string => linkTo({ page: "conversations", company, bot, conversation: null }, behindQuestions(view, gap, questions));
  return (
    <div className={style.scroller}>
      <article className={own.gap}>
        <Link className={own.back} href={back}><Arrow back /> {say("gaps.back")}</Link>
        {data.followed_from === undefined ? null : <p className={style.note} role="status">{say("gap.followed")}</p>}
        <header className={own.top}>
          <h2 className={style.title}><Said text={gap.title} /></h2>
          <p className={own.marks}>
            <StateMark state={gap.state} always />
            {gap.rising ? <span className={style.mark} data-look="rising"><span aria-hidden="true">↗</span> {say("gap.rising.long")}</span> : null}
            {gap.strength === "weaker" ? <span className={style.mark}>{say("gap.weaker.hint")}</span> : null}
          </p>
          <OtherTitles gap={gap} />
          {admin ? <Actions gap={gap} bot={bot} zone={zone} onChoose={onChoose} /> : null}
        </header>
        {gap.proof === null ? null : <ProofOf state={gap.state} proof={gap.proof} zone={zone} />}
        {awaitsAnswer(gap) ? <Worth gap={gap} /> : null}
        <Asked gap={gap} zone={zone} conversations={conversations(leading)} most={leading.length} />
        <Part title={say("gap.curve")}><Curve gap={gap} zone={zone} /></Part>
        <GapQuestions gap={gap} zone={zone} hrefOf={(question) => conversations([question])} />
        <History gap={gap} zone={zone} hrefOf={(to) => linkTo({ page: "gaps", company, bot, gap: to }, view)} />
      </article>
    </div>
  );
}

/** A part of the story of a gap, with its heading. */
function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): JSX.Element {
  return (
    <section>
      <h3 className={own.head}>{title}</h3>
      {children}
    </section>
  );
}

/** The same question in the other languages that it is asked in. */
function OtherTitles({ gap }: { readonly gap: GapDetail }): JSX.Element | null {
  const others = Object.entries(gap.titles).filter(([, title]) => title !== gap.title);
  if (others.length === 0) return null;
  return <ul className={own.titles}>{others.map(([language, title]) => <li key={language} lang={language}><Said text={title} /></li>)}</ul>;
}

/** What an answer would save, with its working. */
function Worth({ gap }: { readonly gap: GapDetail }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const range = monthlyRange(gap.impact, formats);
  const n = aboutAMonth(gap.impact.conversations_per_month);
  return (
    <section>
      <h3 className={own.head}>{say("gap.worth")}</h3>
      <p className={own.big}>{range === null ? say("gap.saves", { n }) : say("gap.saves.between", { n, range })}</p>
      <ul className={own.working}>{workingOf(gap, say, formats).map((text) => <li key={text}>{text}</li>)}</ul>
    </section>
  );
}

interface AskedProps {
  readonly gap: GapDetail;
  readonly zone: string;
  readonly conversations: string;
  /** How many of its questions these are of. */
  readonly most: number;
}

/** How many asked, how many of them got no answer, and how that is known. */
function Asked({ gap, zone, conversations, most }: AskedProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const between = betweenText(gap.failing_share.interval, formats);
  return (
    <section>
      <dl className={own.figures}>
        <div><dt>{say("gap.figure.visitors")}</dt><dd>{formats.value(gap.sessions)}</dd></div>
        <div>
          <dt>{say("gap.figure.failing")}</dt>
          <dd>{formats.share(gap.failing_share.value)} {between === null ? null : <small>{between}</small>}</dd>
        </div>
        <div><dt>{say("gap.figure.questions")}</dt><dd>{formats.value(gap.questions)} <small>{say("gap.wordings", { n: gap.distinct_questions })}</small></dd></div>
        {gap.last_asked_at === null ? null : <div><dt>{say("gaps.latest")}</dt><dd className={own.latest}>{formats.instant(gap.last_asked_at, zone)}</dd></div>}
      </dl>
      <h3 className={own.known}>{say("gap.signs")}</h3>
      <ul className={own.signs}>
        {signsOf(gap, say).map(({ signal, text, weaker }) => <li key={signal} data-weaker={weaker || undefined}>{text}{weaker ? <span className={own.weaker}> {say("gap.sign.weaker")}</span> : null}</li>)}
      </ul>
      {gap.phrases.length === 0 ? null : <ul className={own.phrases} aria-label={say("gap.phrases")}>{gap.phrases.map((each) => <li key={each} dir="auto">{each}</li>)}</ul>}
      <Link className={style.link} href={conversations}>{gap.distinct_questions > most ? say("gap.conversations.most", { n: most }) : say("gap.conversations")} <Arrow /></Link>
    </section>
  );
}
