import { useEffect, useRef, type JSX } from "react";

import { Link } from "@/parts/Link";
import { CompanyFrame } from "@/pages/CompanyFrame";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { FOR_ALL, SECTIONS, type Address, type Section } from "@/url/address";
import { linkTo } from "@/url/useView";
import { Bots } from "./Bots";
import { EmbedLinks } from "./EmbedLinks";
import { General } from "./General";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Plan } from "./Plan";
import { Rejections } from "./Rejections";
import style from "./settings.module.css";

const PAGES = { general: General, bots: Bots, keys: Keys, members: Members, embed: EmbedLinks, rejections: Rejections, plan: Plan } as const satisfies Record<Section, () => JSX.Element>;

/** The settings of a company: a page for each thing that can be set. */
export function Settings({ address }: { readonly address: Extract<Address, { page: "settings" }> }): JSX.Element {
  const { say } = useTexts();
  const { admin } = useSession();
  const { company, section } = address;
  const Page = PAGES[section];
  const sections = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone they are a row that is longer than the screen.
    sections.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [section]);
  return (
    <CompanyFrame address={address} title={say("frame.settings")} part={say(`settings.${section}`)}>
      <div className={style.settings}>
        <nav ref={sections} className={style.sections} aria-label={say("frame.settings")}>
          {SECTIONS.filter((each) => admin || FOR_ALL.has(each)).map((each) => (
            <Link key={each} className={style.section} href={linkTo({ page: "settings", company, section: each })} aria-current={each === section ? "page" : undefined}>
              {say(`settings.${each}`)}
            </Link>
          ))}
        </nav>
        <div className={style.page}>
          {admin || FOR_ALL.has(section) ? (
            <Page key={section} />
          ) : (
            <div className={style.note}>
              <p className={style.strong}>{say("settings.admins_only")}</p>
              <p>{say("settings.admins_only.hint")}</p>
            </div>
          )}
        </div>
      </div>
    </CompanyFrame>
  );
}
