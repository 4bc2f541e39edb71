import type { JSX } from "react";

import { ApiError } from "@/api/error";
import type { Answer, Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { isNothing } from "@/format/isNothing";
import { Boundary } from "@/frame/Boundary";
import { useTelling } from "@/frame/Told";
import { Widget } from "@/parts/Widget";
import { dataOf, stateOf, type WidgetState } from "@/parts/widgetState";
import { useSession } from "@/session/Session";
import { useTexts, type TextId } from "@/texts/texts";
import { behind, filteredBy, type Cell } from "@/url/behind";
import { linkTo, useView } from "@/url/useView";
import type { View } from "@/url/view";
import { unitOf } from "@/frame/periods";
import { useTable } from "@/parts/TableSwitch";
import style from "./Bot.module.css";
import { Cards } from "./Cards";
import { ListWidget, type Links } from "./ListWidget";
import { MainChart } from "./MainChart";
import { CARDS, FEW_ROWS, FIRST, LIST_ROWS, questionsOf, type BotQuestion } from "./questions";
import { onlyGreets } from "./onlyGreets";
import { ColumnsOf, Heat, Retention, useTitles } from "./Shapes";

/** The page as it stands in another one: what of it is shown, of what, and where its figures lead. */
export interface Framed {
  readonly parts: ReadonlySet<BotQuestion>;
  readonly view: View;
  readonly links: Links;
}

interface Props {
  readonly company: string;
  readonly bot: string;
  readonly framed?: Framed;
}

/** All that is known of a chatbot in a period, on one page, asked at once. */
export function BotPage({ company, bot, framed }: Props): JSX.Element {
  const { view: own, others, change } = useView();
  const view = framed?.view ?? own;
  const { has } = useSession();
  const table = useTable();
  const unit = unitOf(view.period, others.by);
  const questions = questionsOf(view, bot, unit);
  const shows = (name: BotQuestion): boolean => framed === undefined || framed.parts.has(name);
  const part = (name: BotQuestion, drawn: JSX.Element): JSX.Element | null => (shows(name) ? drawn : null);
  const answers = useAnswers(Object.fromEntries(Object.entries(questions).filter(([name]) => shows(name as BotQuestion))) as typeof questions, FIRST);
  const cards = stateOf(answers, "cards");
  const known = dataOf(cards);
  useTelling(known ?? anyOf(answers.data));
  const metric = view.metric ?? "conversations";
  const links: Links = framed?.links ?? {
    behind: (of, cell) => behind({ company, bot }, view, of, cell),
    filtered: (cell) => filteredBy({ company, bot }, view, cell),
  };
  const asked = (name: BotQuestion): { state: WidgetState<Answer>; question: (typeof questions)[BotQuestion]; behind: Links["behind"] } => ({
    state: measured(stateOf(answers, name), name, known),
    question: questions[name],
    behind: links.behind,
  });
  const toGap = (cell: Cell): string => linkTo({ page: "gaps", company, bot, gap: null }, { ...view, metric: null }, { question: cell.question == null ? "~0" : String(cell.question) });
  const drawnCards = (
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
  );
  const drawnChart = <MainChart {...asked("chart")} metric={metric} chatbot={bot} table={table} behind={(bucket) => links.behind(metric, { [unit]: bucket })} />;
  const isEmpty = cards.kind === "data" && isNothing(cards.data.rows[0]?.conversations); // said once, not by each part
  return (
    <Boundary>
      {part("cards", drawnCards)}
      {part("chart", drawnChart)}
      {isEmpty ? <Widget state={{ kind: "empty" }} height="12rem">{() => null}</Widget> : <Details part={part} asked={asked} filtered={links.filtered} toGap={framed === undefined && has("gaps") ? toGap : links.filtered} />}
    </Boundary>
  );
}

interface DetailsProps {
  readonly part: (name: BotQuestion, drawn: JSX.Element) => JSX.Element | null;
  readonly asked: (name: BotQuestion) => { state: WidgetState<Answer>; question: Question; behind: Links["behind"] };
  readonly filtered: Links["filtered"];
  /** Where a question leads that was not answered: as on the overview. */
  readonly toGap: Links["filtered"];
}

/** What stands below the main chart: the figures by question, hour, language and so on. */
function Details({ part, asked, filtered, toGap }: DetailsProps): JSX.Element {
  const { say } = useTexts();
  const titles = useTitles();
  const list = (name: BotQuestion, id: TextId): Omit<Parameters<typeof ListWidget>[0], "dimension" | "metrics" | "room"> => ({ ...asked(name), title: say(id), filtered });
  return (
    <>
      <div className={style.columns}>
        {part("unanswered", <ListWidget {...list("unanswered", "bot.unanswered")} filtered={toGap} dimension="question" metrics={["unanswered_answers", "questions"]} room={LIST_ROWS} />)}
        {part("top", <ListWidget {...list("top", "bot.top")} dimension="question" metrics={["questions"]} room={LIST_ROWS} without={{ which: (row) => onlyGreets(String(row.question ?? "")), note: say("bot.top.note") }} />)}
      </div>
      {part("heat", <Heat {...asked("heat")} title={titles.heat} />)}
      <div className={style.columns}>
        {part("languages", <ListWidget {...list("languages", "bot.languages")} dimension="language" metrics={["conversations", "unanswered_rate"]} room={FEW_ROWS} />)}
        {part("channels", <ListWidget {...list("channels", "bot.channels")} dimension="channel" metrics={["conversations", "unanswered_rate"]} room={FEW_ROWS} />)}
        {part("depth", <ColumnsOf {...asked("depth")} title={titles.depth} metric="conversations" dimension="depth" axis={say("bot.depth.axis")} />)}
        {part("drop_off", <ColumnsOf {...asked("drop_off")} title={titles.drop_off} metric="drop_off_rate" dimension="exchange" axis={say("bot.drop_off.axis")} />)}
        {part("outcomes", <ListWidget {...list("outcomes", "bot.outcomes")} dimension="outcome" metrics={["conversions"]} room={FEW_ROWS} />)}
        {part("ratings", <ColumnsOf {...asked("ratings")} title={titles.ratings} metric="ratings" dimension="rating" />)}
      </div>
      {part("retention", <Retention {...asked("retention")} title={titles.retention} />)}
    </>
  );
}

/** An answer to whatever was asked: all of a page are of one moment and one period. */
function anyOf(answers: Readonly<Record<string, Answer | ApiError>> | undefined): Answer | null {
  return Object.values(answers ?? {}).find((each): each is Answer => !(each instanceof ApiError)) ?? null;
}

/** What a bot never sends is not empty: it cannot be measured. */
function measured(state: WidgetState<Answer>, name: BotQuestion, cards: Answer | null): WidgetState<Answer> {
  const row = cards?.rows[0];
  if (row === undefined || isNothing(row.conversations) || state.kind !== "data") return state;
  if (name === "unanswered" && row.unanswered_rate == null) return { kind: "unmeasurable", why: { id: "bot.no_scores" } };
  if (name === "ratings" && row.csat == null) return { kind: "unmeasurable", why: { id: "bot.no_ratings" } };
  return state;
}
