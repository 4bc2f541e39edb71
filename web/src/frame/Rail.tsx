import { useState, type JSX, type ReactNode } from "react";

import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { Address } from "@/url/address";
import { Link } from "@/parts/Link";
import { Preferences } from "./Preferences";
import style from "./Rail.module.css";

export interface RailBot {
  readonly id: string;
  readonly name: string;
  readonly published: boolean;
}

interface Props {
  readonly company: string;
  /** Above all: the name of the company. */
  readonly head: ReactNode;
  /** Below it: the way to anywhere by a few letters. */
  readonly search?: ReactNode;
  /** Below the settings: the keys. */
  readonly keys?: ReactNode;
  /** Below all: who is logged in. */
  readonly end?: ReactNode;
  readonly bots: readonly RailBot[];
  /** Below the chatbots: the views that somebody saved. */
  readonly saved?: ReactNode;
  readonly here: Address;
}

const SEARCH_ABOVE = 7;

/** Where one can go: the overview, each chatbot by its name, the settings. */
export function Rail({ company, head, search, keys, end, bots, saved, here }: Props): JSX.Element {
  const { say } = useTexts();
  const [sought, setSought] = useState("");
  const found = bots.filter((bot) => `${bot.name} ${bot.id}`.toLowerCase().includes(sought.trim().toLowerCase()));
  const bot = "bot" in here ? here.bot : null;
  return (
    <div className={style.rail}>
      <div className={style.company}>{head}</div>
      {search}
      <ul>
        <Entry href={linkTo({ page: "overview", company })} current={here.page === "overview"}>
          {say("frame.overview")}
        </Entry>
        {bots.length === 0 ? null : (
          <Entry href={linkTo({ page: "search", company })} current={here.page === "search"}>
            {say("frame.all_conversations")}
          </Entry>
        )}
      </ul>
      <h2 className={style.head}>{say("frame.bots")}</h2>
      {bots.length > SEARCH_ABOVE ? (
        <input
          className={style.search}
          type="search"
          value={sought}
          aria-label={say("frame.find_bot")}
          placeholder={say("frame.find_bot")}
          onChange={(event) => {
            setSought(event.target.value);
          }}
        />
      ) : null}
      <ul>
        {found.map((each) => (
          <Entry key={each.id} href={linkTo({ page: "bot", company, bot: each.id })} current={each.id === bot} dimmed={!each.published} title={each.name}>
            {each.name}
            {each.published ? null : <span className="spoken">, {say("frame.unpublished")}</span>}
          </Entry>
        ))}
      </ul>
      {found.length === 0 && sought !== "" ? <p className={style.none}>{say("frame.no_bot_found")}</p> : null}
      {saved}
      <ul className={style.end}>
        <Entry href={linkTo({ page: "settings", company, section: "general" })} current={here.page === "settings"}>
          {say("frame.settings")}
        </Entry>
      </ul>
      {keys}
      {end}
      <Preferences />
    </div>
  );
}

interface EntryProps {
  readonly href: string;
  readonly current: boolean;
  readonly dimmed?: boolean;
  readonly title?: string;
  readonly children: ReactNode;
}

function Entry({ href, current, dimmed = false, title, children }: EntryProps): JSX.Element {
  const look = [style.entry, dimmed ? style.dimmed : undefined].filter(Boolean).join(" ");
  return (
    <li>
      <Link href={href} className={look} aria-current={current ? "page" : undefined} title={title} dir="auto">
        {children}
      </Link>
    </li>
  );
}
