import type { JSX } from "react";

import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { linkTo } from "@/url/useView";
import style from "@/session/session.module.css";
import { CompanyFrame } from "./CompanyFrame";

interface Props {
  readonly address: Extract<Address, { company: string }>;
  readonly bot: string;
}

/** The page of a chatbot that there is not, or no longer. */
export function UnknownBot({ address, bot }: Props): JSX.Element {
  const { say } = useTexts();
  return (
    <CompanyFrame address={address} title={bot} keyless>
      <div className={style.inside}>
        <h2 className={style.title} dir="auto">
          {say("session.unknown_bot", { bot })}
        </h2>
        <p className={style.text}>{say("session.unknown_bot.text")}</p>
        <Link className={style.link} href={linkTo({ page: "overview", company: address.company })}>
          {say("frame.missing.home")}
        </Link>
      </div>
    </CompanyFrame>
  );
}
