import { useState, type JSX, type ReactNode } from "react";

import { BotTabs } from "@/frame/BotTabs";
import { Frame } from "@/frame/Frame";
import { Keyboard, type KeysOpen } from "@/frame/keys/Keyboard";
import { SearchEntry, SheetEntry } from "@/frame/keys/KeyEntries";
import { Rail } from "@/frame/Rail";
import { LiveStatus } from "@/live/LiveStatus";
import { SavedViews } from "@/saved/SavedViews";
import type { Address } from "@/url/address";
import { Account, CompanyMenu } from "@/session/Account";
import { useSession } from "@/session/Session";
import style from "./CompanyFrame.module.css";

interface Props {
  readonly address: Extract<Address, { company: string }>;
  readonly title: string;
  /** What part of it is shown, where it has several. */
  readonly part?: string | undefined;
  /** There is nothing yet that keys could go to. */
  readonly keyless?: boolean;
  readonly controls?: ReactNode;
  /** See `Frame`. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** The frame of a page of a company: its bots in the rail, whether the figures are live in the bar, the keys. */
export function CompanyFrame({ address, title, part, keyless = false, controls, fills = false, children }: Props): JSX.Element {
  const { me } = useSession();
  const [open, setOpen] = useState<KeysOpen>("none");
  const bots = me.chatbots.map((bot) => ({ id: bot.chatbot_id, name: bot.name ?? bot.chatbot_id, published: bot.is_published }));
  const bot = "bot" in address ? me.chatbots.find((each) => each.chatbot_id === address.bot) : undefined;
  const zone = bot?.timezone ?? me.company.timezone;
  const keys = keyless ? {} : { search: <SearchEntry onOpen={setOpen} />, keys: <SheetEntry onOpen={setOpen} /> };
  const rail = <Rail company={address.company} head={<CompanyMenu me={me} />} end={<Account me={me} />} bots={bots} saved={<SavedViews address={address} />} here={address} {...keys} />;
  return (
    <Frame
      fills={fills}
      rail={rail}
      title={part === undefined ? title : <><bdi>{title}</bdi> <span className={style.part}>/ {part}</span></>}
      name={part === undefined ? title : `${part} · ${title}`}
      tabs={"bot" in address && bot !== undefined ? <BotTabs address={address} /> : undefined}
      controls={controls}
      status={<LiveStatus zone={zone} />}
    >
      {keyless ? null : <Keyboard open={open} onOpen={setOpen} address={address} bots={bots} />}
      {children}
    </Frame>
  );
}
