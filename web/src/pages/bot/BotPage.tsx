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
import { unitOf } from "@/frame/periods";
import { useTable } from "@/parts/TableSwitch";
import style from "./Bot.module.css";
import { Cards } from "./Cards";
import { ListWidget, type Links } from "./ListWidget";
import { MainChart } from "./MainChart";
import { CARDS, FEW_ROWS, LIST_ROWS, questionsOf, type Asked } from "./questions";
import { ColumnsOf, Heat, Retention, useTitles } from "./Shapes";

/** All that is known of a chatbot in a period, on one page, asked at once. */
export function BotPage({ company, bot }: { readonly company: string; readonly bot: string }): JSX.Element {
  const { say } = useTexts();
  const { view, others, change } = useView();
  const titles = useTitles();
  const table = useTable();
  const unit = unitOf(view.period, others.by);
  const questions = questionsOf(view, bot, unit);
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
  const list = (name: Asked, id: TextId): Omit<Parameters<typeof ListWidget>[0], "dimension" | "metrics" | "room"> => ({ ...asked(name), title: say(id), filtered: links.filtered });
  return (
    <Boundary>
      <Cards
        metrics={CARDS}
        state={cards}
        picked={metric}
        onPick={(picked) => { change({ metric: picked }, "replace"); }}
        behind={(of) => links.behind(of, {})}
        question={questions.cards}
        onTable={(of) => {
          change({ metric: of }, "replace");
          if (!table.shown) table.toggle();
        }}
      />
      <MainChart {...asked("chart")} metric={metric} chatbot={bot} table={table} behind={(bucket) => links.behind(metric, { [unit]: bucket })} />
      <div className={style.columns}>
        <ListWidget {...list("unanswered", "bot.unanswered")} dimension="question" metrics={["unanswered_answers", "questions"]} room={LIST_ROWS} />
        <ListWidget {...list("top", "bot.top")} dimension="question" metrics={["questions"]} room={LIST_ROWS} />
      </div>
      <Heat {...asked("heat")} title={titles.heat} />
      <div className={style.columns}>
        <ListWidget {...list("languages", "bot.languages")} dimension="language" metrics={["conversations", "unanswered_rate"]} room={FEW_ROWS} />
        <ListWidget {...list("channels", "bot.channels")} dimension="channel" metrics={["conversations", "unanswered_rate"]} room={FEW_ROWS} />
        <ColumnsOf {...asked("depth")} title={titles.depth} metric="conversations" dimension="depth" />
        <ColumnsOf {...asked("drop_off")} title={titles.drop_off} metric="drop_off_rate" dimension="exchange" />
        <ListWidget {...list("outcomes", "bot.outcomes")} dimension="outcome" metrics={["conversions"]} room={FEW_ROWS} />
        <ColumnsOf {...asked("ratings")} title={titles.ratings} metric="ratings" dimension="rating" />
      </div>
      <Retention {...asked("retention")} title={titles.retention} />
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
