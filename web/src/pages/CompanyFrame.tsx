import type { JSX, ReactNode } from "react";

import { Frame } from "@/frame/Frame";
import { Rail } from "@/frame/Rail";
import { LiveStatus } from "@/live/LiveStatus";
import { SavedViews } from "@/saved/SavedViews";
import type { Address } from "@/url/address";
import { Account, CompanyMenu } from "@/session/Account";
import { useSession } from "@/session/Session";

interface Props {
  readonly address: Extract<Address, { company: string }>;
  readonly title: ReactNode;
  readonly controls?: ReactNode;
  /** See `Frame`. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** The frame of a page of a company: its bots in the rail, whether the figures are live in the bar. */
export function CompanyFrame({ address, title, controls, fills = false, children }: Props): JSX.Element {
  const { me } = useSession();
  const bots = me.chatbots.map((bot) => ({ id: bot.chatbot_id, name: bot.name ?? bot.chatbot_id, published: bot.is_published }));
  const bot = "bot" in address ? address.bot : null;
  const zone = me.chatbots.find((each) => each.chatbot_id === bot)?.timezone ?? me.company.timezone;
  const rail = <Rail company={address.company} head={<CompanyMenu me={me} />} end={<Account me={me} />} bots={bots} saved={<SavedViews address={address} />} here={address} />;
  return (
    <Frame fills={fills} rail={rail} title={title} controls={controls} status={<LiveStatus zone={zone} />}>
      {children}
    </Frame>
  );
}
