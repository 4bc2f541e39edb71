import type { JSX } from "react";

import { answerOf, useAnswers } from "@/api/useAnswers";
import type { Row } from "@/figures";
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
  const chosen = readChosen(others.question);
  const choose: Choose = (to, how) => {
    changeOthers({ question: to === undefined ? null : (to ?? NO_TEXT) }, how);
  };

  const failing = answerOf(answers, "failing");
  const rows = failing === null ? [] : failingOf(failing, say("gaps.empty_question"), isNothing);
  const sureness = answerOf(answers, "sureness");
  const whole = sureness?.rows[0];
  // Where both are seen, the first one is told of until another one is chosen.
  const wide = useWide();
  const shown = chosen === undefined && wide ? rows[0]?.key : chosen;
  useSteps(rows, chosen, shown, choose);

  if (whole !== undefined && isUnsure(whole)) return <div className={style.scroller}><Weaker company={company} bot={bot} view={view} whole={whole} /></div>;
  const list = (
    <div className={style.scroller}>
      <Summary answer={sureness} bot={bot} />
      <Widget state={stateOf(answers, "failing")} height="20rem" what={say("gaps.title")}>
        {() =>
          rows.length === 0 ? (
            <div className={style.none} role="status"><p>{say("gaps.none")}</p><p>{say("gaps.none.hint")}</p></div>
          ) : (
            <Held rows={rows} id={(row) => JSON.stringify(row.key)} of={JSON.stringify([answers.isPlaceholderData, bot, view])}>
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

/** The question of an address: null is the one without text, undefined none. */
function readChosen(text: string | undefined): string | null | undefined {
  return text === NO_TEXT ? null : text;
}

/** A bot that says neither how sure it is nor when it gives up. */
function isUnsure(whole: Row): boolean {
  return isNothing(whole.score_coverage) && isNothing(whole.unanswered_answers);
}

type Choose = (to: string | null | undefined, how: "push" | "replace") => void;

/** J and K choose the next and the previous question, Escape lets go of the chosen one. */
function useSteps(rows: readonly Failing[], chosen: string | null | undefined, shown: string | null | undefined, choose: Choose): void {
  const step = (by: 1 | -1): boolean => {
    const at = shown === undefined ? -1 : rows.findIndex((row) => row.key === shown);
    const to = at < 0 ? rows[0] : rows[at + by];
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
}
