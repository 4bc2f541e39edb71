import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { isIncomplete, type Answer } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { useScopes } from "@/api/useScopes";
import { ChartTable } from "@/charts/ChartTable";
import { LineChart } from "@/charts/LineChart";
import type { Point } from "@/charts/points";
import type { MetricName } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { Keyboard } from "@/frame/keys/Keyboard";
import { Frame } from "@/frame/Frame";
import { Notices } from "@/frame/Notices";
import { PeriodMenu } from "@/frame/PeriodMenu";
import { Rail } from "@/frame/Rail";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Widget } from "@/parts/Widget";
import { stateOf } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { askedBy } from "@/url/asked";
import { useView } from "@/url/useView";

const Conversations = lazy(async () => ({ default: (await import("./conversations/Conversations")).Conversations }));
const Gaps = lazy(async () => ({ default: (await import("./gaps/Gaps")).Gaps }));

type OfCompany = Extract<Address, { company: string }>;

/** The frame with one live chart, until each page is there. */
export function Shell({ address }: { readonly address: OfCompany }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const { view, notices, change } = useView();
  const bots = useQuery({
    queryKey: ["chatbots", connection.company],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/chatbots", { signal }),
  });
  const rail = (bots.data?.chatbots ?? []).map((bot) => ({ id: bot.chatbot_id, name: bot.name ?? bot.chatbot_id, published: bot.is_published }));
  const bot = "bot" in address ? address.bot : null;
  const title = address.page === "search" ? say("conversations.title") : bot === null ? say("frame.overview") : (rail.find((each) => each.id === bot)?.name ?? bot);
  const scopes = useScopes();
  const inPanes = address.page === "conversations" || address.page === "search" || address.page === "gaps";
  return (
    <Frame
      fills={inPanes}
      rail={<Rail company={address.company} companyName={address.company} bots={rail} here={address} />}
      title={title}
      controls={<PeriodMenu period={view.period} onPick={(period) => { change({ period }); }} />}
    >
      <Notices notices={notices} />
      <Keyboard address={address} bots={rail} />
      <Suspense fallback={null}>
        {address.page === "conversations" || address.page === "search" ? (
          <Conversations address={address} mayDelete={scopes.includes("admin")} />
        ) : address.page === "gaps" ? (
          <Gaps address={address} />
        ) : (
          <OneChart metric={view.metric ?? "conversations"} bot={bot} />
        )}
      </Suspense>
    </Frame>
  );
}

function OneChart({ metric, bot }: { readonly metric: MetricName; readonly bot: string | null }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change } = useView();
  const [table, setTable] = useState(false);
  const chatbots = bot === null ? {} : { chatbots: [bot] };
  const answers = useAnswers({ chart: { metrics: [metric], dimensions: ["day"], ...chatbots, ...askedBy(view) } });
  const label = say(`metric.${metric}.label`);
  return (
    <Card
      title={label}
      tools={<Button look="quiet" data-key-target="table" onClick={() => { setTable(!table); }}>{say(table ? "widget.chart" : "widget.table")}</Button>}
    >
      <Widget state={stateOf(answers, "chart")} height="240px" what={label}>
        {(answer) => {
          const points = pointsOf(answer, metric, formats);
          if (table) return <ChartTable metric={metric} points={points} head={say("dimension.day.label")} />;
          const zoom = (first: Point, last: Point): void => {
            change({ period: { first: first.id, last: last.id } });
          };
          return <LineChart metric={metric} points={points} onZoom={zoom} />;
        }}
      </Widget>
    </Card>
  );
}

function pointsOf(answer: Answer, metric: MetricName, formats: Formats): Point[] {
  return answer.rows.map((row, at) => {
    const before = answer.compare?.rows[at];
    return {
      id: String(row.day),
      label: formats.bucket(String(row.day)),
      figure: row[metric] ?? null,
      incomplete: isIncomplete(answer, "day", row.day),
      before: before && { label: formats.bucket(String(before.day)), figure: before[metric] ?? null },
    };
  });
}
