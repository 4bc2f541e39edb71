import type { JSX } from "react";

import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { linkTo, useView } from "@/url/useView";
import style from "./BotTabs.module.css";

type BotAddress = Extract<Address, { bot: string }>;

/** The ways between the pages of a chatbot, each of the same period, comparison and filters. */
export function BotTabs({ address }: { readonly address: BotAddress }): JSX.Element {
  const { say } = useTexts();
  const { view } = useView();
  const { company, bot, page } = address;
  const kept = { ...view, metric: null }; // of a list, the metric is what it is behind
  const tabs = [
    { text: say("frame.overview"), to: { page: "bot", company, bot } },
    { text: say("conversations.title"), to: { page: "conversations", company, bot, conversation: null } },
    { text: say("gaps.title"), to: { page: "gaps", company, bot, gap: null } },
  ] as const satisfies readonly { text: string; to: BotAddress }[];
  return (
    <nav className={style.tabs} aria-label={say("frame.of_bot")}>
      {tabs.map(({ text, to }) => (
        <Link key={to.page} className={style.tab} href={linkTo(to, kept)} aria-current={to.page === page ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
