import { lazy, Suspense, useState, type JSX } from "react";

import { Controls } from "@/frame/Controls";
import { CountingNotices } from "@/frame/CountingNotices";
import { Notices } from "@/frame/Notices";
import { Telling } from "@/frame/Told";
import { Skeleton } from "@/parts/Skeleton";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { useView } from "@/url/useView";
import { CompanyFrame } from "./CompanyFrame";
import { UnknownBot } from "./UnknownBot";
import { BotPage } from "./bot/BotPage";
import { Overview } from "./overview/Overview";

const Conversations = lazy(async () => ({ default: (await import("./conversations/Conversations")).Conversations }));
const Gaps = lazy(async () => ({ default: (await import("./gaps/Gaps")).Gaps }));
const FirstRun = lazy(async () => ({ default: (await import("./firstRun/FirstRun")).FirstRun }));

type OfCompany = Extract<Address, { company: string }>;

/** Two panes that scroll by themselves, of one period. */
const IN_PANES: ReadonlySet<Address["page"]> = new Set(["conversations", "search", "gaps"]);

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
      <CompanyFrame address={address} title={say("frame.overview")} keyless>
        <Suspense fallback={<Skeleton height="20rem" />}>
          <FirstRun />
        </Suspense>
      </CompanyFrame>
    );
  }
  const ofBot = known === undefined ? say("frame.overview") : (known.name ?? known.chatbot_id);
  return (
    <Telling>
      <CompanyFrame
        address={address}
        fills={IN_PANES.has(address.page)}
        title={address.page === "search" ? say("frame.all_conversations") : ofBot}
        part={address.page === "gaps" || address.page === "conversations" ? say(`${address.page}.title`) : undefined}
        controls={<Controls chatbot={bot} compares={!IN_PANES.has(address.page)} unfiltered={address.page === "gaps" ? say("gaps.unfiltered") : undefined} />}
      >
        <Notices notices={notices} />
        <CountingNotices />
        <Suspense fallback={<Skeleton height="20rem" />}>
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
