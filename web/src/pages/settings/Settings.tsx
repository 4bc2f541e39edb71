import type { JSX } from "react";

import { Link } from "@/parts/Link";
import { CompanyFrame } from "@/session/CompanyFrame";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { SECTIONS, type Address, type Section } from "@/url/address";
import { linkTo } from "@/url/useView";
import { Bots } from "./Bots";
import { EmbedLinks } from "./EmbedLinks";
import { General } from "./General";
import { Keys } from "./Keys";
import { Members } from "./Members";
import { Plan } from "./Plan";
import style from "./settings.module.css";

const PAGES = { general: General, bots: Bots, keys: Keys, members: Members, embed: EmbedLinks, plan: Plan } as const satisfies Record<Section, () => JSX.Element>;
/** What whoever only reads may see, too. */
const FOR_ALL: ReadonlySet<Section> = new Set(["general", "bots", "plan"]);

/** The settings of a company: a page for each thing that can be set. */
export function Settings({ address }: { readonly address: Extract<Address, { page: "settings" }> }): JSX.Element {
  const { say } = useTexts();
  const { admin } = useSession();
  const { company, section } = address;
  const Page = PAGES[section];
  return (
    <CompanyFrame address={address} title={say("frame.settings")}>
      <div className={style.settings}>
        <nav className={style.sections} aria-label={say("frame.settings")}>
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
