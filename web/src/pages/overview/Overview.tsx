import type { JSX } from "react";

import type { Answer, Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { Sparkline } from "@/charts/Sparkline";
import { bucketOf, unitOf } from "@/frame/periods";
import { useTelling } from "@/frame/Told";
import { Cards } from "@/pages/bot/Cards";
import { MainChart } from "@/pages/bot/MainChart";
import { Card } from "@/parts/Card";
import { useTable } from "@/parts/TableSwitch";
import type { Sorting } from "@/parts/Table";
import { Widget } from "@/parts/Widget";
import { WidgetMenu } from "@/parts/WidgetMenu";
import { dataOf, stateOf } from "@/parts/widgetState";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { behind } from "@/url/behind";
import { useView } from "@/url/useView";
import { BotTable } from "./BotTable";
import { PlanUse } from "./PlanUse";
import { CARDS, COLUMNS, questionsOf, readSorting, type Asked } from "./questions";
import { Unanswered } from "./Unanswered";

/** All chatbots of a company: how they do, and what they could not answer. */
export function Overview({ company }: { readonly company: string }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const { view, others, change, changeOthers } = useView();
  const table = useTable();
  const sorting = readSorting(others.sort);
  const [unit, shape] = [unitOf(view.period, others.by), bucketOf(view.period)];
  const questions = questionsOf(view, unit, shape, sorting, me.chatbots.length);
  const answers = useAnswers<Asked>(questions as Record<Asked, Question>);
  const cards = stateOf(answers, "cards");
  const shapes = dataOf(stateOf(answers, "shapes"));
  const trends = dataOf(stateOf(answers, "trends"));
  const bots = stateOf(answers, "bots");
  useTelling(dataOf(cards));
  const metric = view.metric ?? "conversations";
  const place = { company, bot: null };
  const sort = ({ by, descending }: Sorting): void => {
    changeOthers({ sort: `${descending ? "-" : ""}${by}` }, "replace");
  };
  return (
    <>
      <Cards
        metrics={CARDS}
        state={cards}
        picked={metric}
        onPick={(picked) => { change({ metric: picked }, "replace"); }}
        behind={(of) => behind(place, view, of)}
        question={questions.cards}
        onTable={(of) => {
          change({ metric: of }, "replace");
          if (!table.shown) table.toggle();
        }}
        below={(of) => <Sparkline metric={of} figures={shapes?.rows.map((row) => row[of] ?? null) ?? []} open={isOpen(shapes)} />}
      />
      <MainChart state={stateOf(answers, "chart")} question={questions.chart} metric={metric} chatbot={null} table={table} behind={(bucket) => behind(place, view, metric, { [unit]: bucket })} />
      <Unanswered company={company} view={view} question={questions.unanswered} state={stateOf(answers, "unanswered")} />
      <Card title={say("frame.bots")} tools={<WidgetMenu name={say("frame.bots")} question={questions.bots} answer={dataOf(bots)} metrics={[...COLUMNS]} />}>
        <Widget state={bots} height="16rem" what={say("frame.bots")}>
          {(answer) => <BotTable company={company} bots={me.chatbots} view={view} answer={answer} trends={trends} open={isOpen(trends)} old={bots.kind === "stale"} sorting={sorting} onSort={sort} />}
        </Widget>
      </Card>
      <PlanUse company={company} />
    </>
  );
}

function isOpen(answer: Answer | null): boolean {
  return Object.values(answer?.meta.incomplete ?? {}).some((ends) => ends.last !== null);
}
