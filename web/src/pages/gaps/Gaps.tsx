import type { JSX } from "react";

import { useAnswers } from "@/api/useAnswers";
import { isNothing } from "@/format/isNothing";
import { useKeys } from "@/frame/keys/useKeys";
import { Held } from "@/live/Held";
import { TwoPanes } from "@/parts/TwoPanes";
import { Widget } from "@/parts/Widget";
import { stateOf } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { useView } from "@/url/useView";
import { failingOf, NO_TEXT, wholeOf, type Failing } from "./failing";
import { Gap } from "./Gap";
import style from "./Gaps.module.css";
import { Questions } from "./Questions";
import { Summary } from "./Summary";
import { useWide } from "./useWide";
import { Weaker } from "./Weaker";

/** What people asked and a chatbot could not answer: ranked, with each question's story beside it. */
export function Gaps({ address }: { readonly address: Extract<Address, { page: "gaps" }> }): JSX.Element {
  const { say } = useTexts();
  const { view, others, changeOthers } = useView();
  const { company, bot } = address;
  const answers = useAnswers(wholeOf(bot, view));
  const chosen = others.question;
  const key = chosen === undefined || chosen === NO_TEXT ? null : chosen;
  const choose = (to: string | null | undefined, how: "push" | "replace"): void => {
    changeOthers({ question: to === undefined ? null : (to ?? NO_TEXT) }, how);
  };

  const failing = answers.data?.failing;
  const rows = failing !== undefined && "rows" in failing ? failingOf(failing, say("gaps.empty_question"), isNothing) : [];
  const sureness = answers.data?.sureness;
  const whole = sureness !== undefined && "rows" in sureness ? sureness.rows[0] : undefined;
  const unsure = whole !== undefined && isNothing(whole.score_coverage) && isNothing(whole.unanswered_answers);

  // Where both are seen, the first one is told of until another one is chosen.
  const wide = useWide();
  const shown = chosen === undefined ? (wide ? rows[0]?.key : undefined) : key;

  const step = (by: 1 | -1): boolean => {
    const at = shown === undefined ? -1 : rows.findIndex((row) => row.key === shown);
    const to: Failing | undefined = at < 0 ? rows[0] : rows[at + by];
    if (to === undefined) return false;
    choose(to.key, chosen === undefined ? "push" : "replace");
    return true;
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Escape: () => {
      if (chosen === undefined) return false;
      choose(undefined, "replace");
      return true;
    },
  });

  if (unsure) return <div className={style.scroller}><Weaker company={company} bot={bot} view={view} whole={whole} /></div>;
  const list = (
    <div className={style.scroller}>
      <Summary whole={whole} answers={sureness !== undefined && "rows" in sureness ? sureness.meta.n?.unanswered_rate?.[0]?.denominator : undefined} bot={bot} />
      <Widget state={stateOf(answers, "failing")} height="20rem" what={say("gaps.title")}>
        {() =>
          rows.length === 0 ? (
            <div className={style.none} role="status"><p>{say("gaps.none")}</p><p>{say("gaps.none.hint")}</p></div>
          ) : (
            <Held rows={rows} id={(row) => JSON.stringify(row.key)} of={JSON.stringify([bot, view])}>
              {(held) => <Questions rows={held} bot={bot} view={view} chosen={shown} onChoose={(to) => { choose(to, chosen === undefined ? "push" : "replace"); }} />}
            </Held>
          )
        }
      </Widget>
    </div>
  );
  const detail =
    shown === undefined ? <div className={style.choose}><p>{say("gaps.choose")}</p><p>{say("gaps.choose.hint")}</p></div>
    : <Gap key={shown} company={company} bot={bot} view={view} asked={shown} row={rows.find((row) => row.key === shown) ?? null} onBack={() => { choose(undefined, "replace"); }} />;
  return <TwoPanes list={list} detail={detail} chosen={chosen !== undefined} />;
}
