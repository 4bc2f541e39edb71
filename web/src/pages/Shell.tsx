import { lazy, Suspense, useState, type JSX } from "react";

import { Controls } from "@/frame/Controls";
import { Keyboard } from "@/frame/keys/Keyboard";
import { Notices } from "@/frame/Notices";
import { Telling } from "@/frame/Told";
import { CompanyFrame } from "@/session/CompanyFrame";
import { useSession } from "@/session/Session";
import { UnknownBot } from "@/session/UnknownBot";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { useView } from "@/url/useView";
import { BotPage } from "./bot/BotPage";
import { Overview } from "./overview/Overview";

const Conversations = lazy(async () => ({ default: (await import("./conversations/Conversations")).Conversations }));
const Gaps = lazy(async () => ({ default: (await import("./gaps/Gaps")).Gaps }));
const FirstRun = lazy(async () => ({ default: (await import("./firstRun/FirstRun")).FirstRun }));

type OfCompany = Extract<Address, { company: string }>;

/** The frame of a company's pages, and the page in it. */
export function Shell({ address }: { readonly address: OfCompany }): JSX.Element {
  const { say } = useTexts();
  const { notices } = useView();
  const { me } = useSession();
  const bot = "bot" in address ? address.bot : null;
  const known = me.chatbots.find((each) => each.chatbot_id === bot);
  // The first run makes the first chatbot, and still has its key to show and its first event to wait for.
  const [beginning, setBeginning] = useState(me.chatbots.length === 0);
  if (beginning && address.page !== "overview" && me.chatbots.length > 0) setBeginning(false);
  if (bot !== null && known === undefined) return <UnknownBot address={address} bot={bot} />;
  if (beginning || me.chatbots.length === 0) {
    return (
      <CompanyFrame address={address} title={say("frame.overview")}>
        <Suspense fallback={null}>
          <FirstRun />
        </Suspense>
      </CompanyFrame>
    );
  }
  const bots = me.chatbots.map((each) => ({ id: each.chatbot_id, name: each.name ?? each.chatbot_id, published: each.is_published }));
  const ofBot = known === undefined ? say("frame.overview") : (known.name ?? known.chatbot_id);
  const inPanes = address.page === "conversations" || address.page === "search" || address.page === "gaps";
  return (
    <Telling>
      <CompanyFrame
        address={address}
        fills={inPanes}
        title={address.page === "search" ? say("conversations.title") : ofBot}
        controls={<Controls chatbot={bot} />}
      >
        <Notices notices={notices} />
        <Keyboard address={address} bots={bots} />
        <Suspense fallback={null}>
          <Content address={address} />
        </Suspense>
      </CompanyFrame>
    </Telling>
  );
}

function Content({ address }: { readonly address: OfCompany }): JSX.Element | null {
  const { admin } = useSession();
  switch (address.page) {
    case "overview":
      return <Overview company={address.company} />;
    case "bot":
      return <BotPage company={address.company} bot={address.bot} />;
    case "conversations":
    case "search":
      return <Conversations address={address} mayDelete={admin} />;
    case "gaps":
      return <Gaps address={address} />;
    default:
      return null;
  }
}
