import type { JSX } from "react";

import type { Answer } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { isNothing } from "@/format/isNothing";
import { Boundary } from "@/frame/Boundary";
import { useTelling } from "@/frame/Told";
import { stateOf, type WidgetState } from "@/parts/widgetState";
import { useTexts, type TextId } from "@/texts/texts";
import { behind, filteredBy } from "@/url/behind";
import { useView } from "@/url/useView";
import { bucketOf } from "@/frame/periods";
import style from "./Bot.module.css";
import { Cards } from "./Cards";
import { ListWidget, type Links } from "./ListWidget";
import { MainChart } from "./MainChart";
import { CARDS, questionsOf, type Asked } from "./questions";
import { ColumnsOf, Heat, Retention, useTitles } from "./Shapes";

/** All that is known of a chatbot in a period, on one page, asked at once. */
export function BotPage({ company, bot }: { readonly company: string; readonly bot: string }): JSX.Element {
  const { say } = useTexts();
  const { view, change } = useView();
  const titles = useTitles();
  const questions = questionsOf(view, bot);
  const answers = useAnswers(questions);
  const cards = stateOf(answers, "cards");
  const known = cards.kind === "data" || cards.kind === "stale" ? cards.data : null;
  useTelling(known);
  const metric = view.metric ?? "conversations";
  const links: Links = {
    behind: (of, cell) => behind({ company, bot }, view, of, cell),
    filtered: (cell) => filteredBy({ company, bot }, view, cell),
  };
  const asked = (name: Asked): { state: WidgetState<Answer>; question: (typeof questions)[Asked]; behind: Links["behind"] } => ({
    state: measured(stateOf(answers, name), name, known),
    question: questions[name],
    behind: links.behind,
  });
  const list = (name: Asked, id: TextId): Omit<Parameters<typeof ListWidget>[0], "dimension" | "metrics"> => ({ ...asked(name), title: say(id), filtered: links.filtered });
  return (
    <Boundary>
      <Cards metrics={CARDS} state={cards} picked={metric} onPick={(picked) => { change({ metric: picked }, "replace"); }} behind={(of) => links.behind(of, {})} />
      <MainChart {...asked("chart")} metric={metric} behind={(bucket) => links.behind(metric, { [bucketOf(view.period)]: bucket })} />
      <div className={style.columns}>
        <ListWidget {...list("unanswered", "bot.unanswered")} dimension="question" metrics={["unanswered_answers", "questions"]} />
        <ListWidget {...list("top", "bot.top")} dimension="question" metrics={["questions"]} />
      </div>
      <Heat {...asked("heat")} title={titles.heat} />
      <div className={style.columns}>
        <ListWidget {...list("languages", "bot.languages")} dimension="language" metrics={["conversations", "unanswered_rate"]} />
        <ListWidget {...list("channels", "bot.channels")} dimension="channel" metrics={["conversations", "unanswered_rate"]} />
        <ListWidget {...list("outcomes", "bot.outcomes")} dimension="outcome" metrics={["conversions"]} />
        <div className={style.stack}>
          <ColumnsOf {...asked("depth")} title={titles.depth} metric="conversations" dimension="depth" />
          <ColumnsOf {...asked("drop_off")} title={titles.drop_off} metric="drop_off_rate" dimension="exchange" />
        </div>
      </div>
      <Retention {...asked("retention")} title={titles.retention} />
      <ColumnsOf {...asked("ratings")} title={titles.ratings} metric="ratings" dimension="rating" />
    </Boundary>
  );
}

/** What a bot never sends is not empty: it cannot be measured. */
function measured(state: WidgetState<Answer>, name: Asked, cards: Answer | null): WidgetState<Answer> {
  const row = cards?.rows[0];
  if (row === undefined || isNothing(row.conversations) || state.kind !== "data") return state;
  if (name === "unanswered" && row.unanswered_rate == null) return { kind: "unmeasurable", why: { id: "bot.no_scores" } };
  if (name === "ratings" && row.csat == null) return { kind: "unmeasurable", why: { id: "bot.no_ratings" } };
  return state;
}
