import type { JSX } from "react";

import { formatLanguage } from "@/format/formatName";
import { useFormats } from "@/format/useFormats";
import { Said } from "@/pages/conversations/Said";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import own from "./Gap.module.css";
import type { GapDetail } from "./gaps";
import style from "./Gaps.module.css";

interface Props {
  readonly gap: GapDetail;
  readonly zone: string;
  /** The link to the conversations with a question. */
  readonly hrefOf: (question: string) => string;
}

/** The questions as people wrote them; each leads to its conversations. */
export function GapQuestions({ gap, zone, hrefOf }: Props): JSX.Element {
  const { say, language } = useTexts();
  const formats = useFormats();
  return (
    <section>
      <h3 className={own.head}>{say("gap.questions")}</h3>
      {gap.examples.length === 0 ? <p className={own.quiet}>{say("gap.questions.none")}</p> : null}
      <ul className={own.questions}>
        {gap.examples.map(({ question, sessions, last_asked_at: last, language: spoken }) => (
          <li key={question}>
            <Link className={own.question} href={hrefOf(question)}><Said text={question} /></Link>
            <span className={style.of}>
              {[say("gap.visitors", { n: sessions }), formatLanguage(spoken, language), say("gap.last", { when: formats.moment(last, zone) })].filter((each) => each !== null).join(" · ")}
            </span>
          </li>
        ))}
      </ul>
      {gap.distinct_questions > gap.examples.length && gap.examples.length > 0 ? <p className={own.quiet}>{say("gap.questions.more", { shown: gap.examples.length, all: gap.distinct_questions })}</p> : null}
    </section>
  );
}
