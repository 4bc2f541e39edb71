import { useEffect, type JSX } from "react";

import { Skeleton } from "@/parts/Skeleton";
import { TwoPanes } from "@/parts/TwoPanes";
import { useKeys } from "@/frame/keys/useKeys";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import { GapPane } from "./GapPane";
import { askedGaps, useGapOfQuestion, useGaps, type Gap } from "./gaps";
import style from "./Gaps.module.css";
import { ListPane } from "./ListPane";
import { useWide } from "./useWide";
import { isAsked } from "./words";

/** What people asked and a chatbot could not answer, by meaning: what is worth an answer first, with its story beside it. */
export function Gaps({ address }: { readonly address: Extract<Address, { page: "gaps" }> }): JSX.Element {
  const { say } = useTexts();
  const shown = useView();
  const { view, others } = shown;
  const { company, bot, gap: chosen } = address;
  const asked = askedGaps(bot, view, others);
  const list = useGaps(asked);
  const linkOf = (id: string | null): string => linkTo({ page: "gaps", company, bot, gap: id }, view, others);
  const choose = (id: string | null): void => { go(linkOf(id), chosen === null ? "push" : "replace"); };
  const sought = useLedByQuestion(address);
  // Where both are seen, the first one is told of until another one is chosen.
  const wide = useWide();
  const id = chosen ?? (wide && sought === "none" ? (list.gaps[0]?.id ?? null) : null);
  useSteps(list.gaps, chosen, id, choose);
  const detail =
    id !== null ? <GapPane key={id} company={company} bot={bot} view={view} id={id} back={linkOf(null)} onChoose={choose} />
    : sought === "looking" ? <div className={style.choose}><Skeleton height="12rem" what={say("gaps.title")} /></div>
    : sought === "nowhere" ? <div className={style.choose} role="status"><p>{say("gaps.question.nowhere")}</p><p>{say("gaps.question.nowhere.hint")}</p></div>
    : list.meta === null && list.error === null ? <div className={style.choose}><Skeleton height="12rem" what={say("gaps.title")} /></div>
    : list.gaps.length === 0 ? null
    : <div className={style.choose}><p>{say("gaps.choose")}</p><p>{say("gaps.choose.hint")}</p></div>;
  return <TwoPanes list={<ListPane bot={bot} shown={shown} asked={asked} list={list} current={id} hrefOf={linkOf} />} detail={detail} chosen={chosen !== null || sought === "nowhere"} />;
}

/** An address may name a question instead of a gap, as lists of questions do: it leads to the gap that the question is in. */
function useLedByQuestion({ company, bot, gap }: Extract<Address, { page: "gaps" }>): "none" | "looking" | "nowhere" {
  const { view, others } = useView();
  const { question, ...rest } = others;
  const wanted = gap === null ? question : undefined;
  const found = useGapOfQuestion(bot, view, wanted, (text) => isAsked(text, wanted ?? ""));
  const id = wanted === undefined ? undefined : found.data;
  const to = typeof id === "string" ? linkTo({ page: "gaps", company, bot, gap: id }, view, rest) : null;
  useEffect(() => {
    if (to !== null) go(to, "replace");
  }, [to]);
  if (wanted === undefined) return "none";
  return id === null || found.error !== null ? "nowhere" : "looking";
}

/** J and K choose the next and the previous gap, Escape lets go of the chosen one. */
function useSteps(gaps: readonly Gap[], chosen: string | null, shown: string | null, choose: (id: string | null) => void): void {
  const step = (by: 1 | -1): boolean => {
    const at = gaps.findIndex((gap) => gap.id === shown);
    const to = at < 0 ? gaps[0] : gaps[at + by];
    if (to === undefined) return false;
    choose(to.id);
    return true;
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Escape: () => {
      if (chosen === null) return false;
      choose(null);
      return true;
    },
  });
}
