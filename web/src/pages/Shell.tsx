import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { useScopes } from "@/api/useScopes";
import { Controls } from "@/frame/Controls";
import { Frame } from "@/frame/Frame";
import { Keyboard } from "@/frame/keys/Keyboard";
import { Notices } from "@/frame/Notices";
import { Rail, type Bot } from "@/frame/Rail";
import { Status } from "@/frame/Status";
import { Telling } from "@/frame/Told";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { useView } from "@/url/useView";
import { BotPage } from "./bot/BotPage";
import { Overview } from "./overview/Overview";

const Conversations = lazy(async () => ({ default: (await import("./conversations/Conversations")).Conversations }));
const Gaps = lazy(async () => ({ default: (await import("./gaps/Gaps")).Gaps }));

type OfCompany = Extract<Address, { company: string }>;

/** The frame of a company's pages, and the page in it. */
export function Shell({ address }: { readonly address: OfCompany }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const { notices } = useView();
  const known = useQuery({
    queryKey: ["chatbots", connection.company],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/chatbots", { signal }),
  });
  const bots = (known.data?.chatbots ?? []).map((bot) => ({ id: bot.chatbot_id, name: bot.name ?? bot.chatbot_id, published: bot.is_published }));
  const bot = "bot" in address ? address.bot : null;
  const ofBot = bot === null ? say("frame.overview") : (bots.find((each) => each.id === bot)?.name ?? bot);
  const inPanes = address.page === "conversations" || address.page === "search" || address.page === "gaps";
  return (
    <Telling>
      <Frame
        fills={inPanes}
        rail={<Rail company={address.company} companyName={address.company} bots={bots} here={address} />}
        title={address.page === "search" ? say("conversations.title") : ofBot}
        controls={<Controls chatbot={bot} />}
        status={<Status live={null} />}
      >
        <Notices notices={notices} />
        <Keyboard address={address} bots={bots} />
        <Suspense fallback={null}>
          <Content address={address} bots={bots} />
        </Suspense>
      </Frame>
    </Telling>
  );
}

function Content({ address, bots }: { readonly address: OfCompany; readonly bots: readonly Bot[] }): JSX.Element | null {
  const scopes = useScopes();
  switch (address.page) {
    case "overview":
      return <Overview company={address.company} bots={bots} />;
    case "bot":
      return <BotPage company={address.company} bot={address.bot} />;
    case "conversations":
    case "search":
      return <Conversations address={address} mayDelete={scopes.includes("admin")} />;
    case "gaps":
      return <Gaps address={address} />;
    default:
      return null;
  }
}
