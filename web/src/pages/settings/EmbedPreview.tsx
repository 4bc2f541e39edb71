import { useMemo, type JSX } from "react";

import { daysAfter } from "@/frame/periods";
import { Telling, useTold } from "@/frame/Told";
import { Bounded } from "@/pages/embed/Bounded";
import { EmbedBody } from "@/pages/embed/EmbedBody";
import { Look } from "@/pages/embed/Look";
import { fieldsLeftOut, sessionOf, type EmbedPage } from "@/pages/embed/page";
import { PARTS } from "@/pages/embed/parts";
import { SeenBy, useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { askedFilter } from "@/url/asked";
import { isColor, type Draft } from "./EmbedFields";
import style from "./EmbedBuilder.module.css";

/** What whoever opens the page of a link would see, with the figures of now. It is of this login, not of the link. */
export function EmbedPreview({ draft }: { readonly draft: Draft }): JSX.Element {
  const { say } = useTexts();
  return (
    <Look theme={draft.theme} accent={isColor(draft.accent) ? draft.accent.trim().toLowerCase() : null}>
      <div className={style.preview} role="group" aria-label={say("embed.preview")} tabIndex={0}>
        <Telling>
          <Inside draft={draft} />
        </Telling>
      </div>
    </Look>
  );
}

function Inside({ draft }: { readonly draft: Draft }): JSX.Element {
  const { me } = useSession();
  const told = useTold();
  const bot = me.chatbots.find((each) => each.chatbot_id === draft.bot);
  const zone = bot?.timezone ?? me.company.timezone;
  const name = bot?.name ?? draft.bot;
  const { transcripts } = draft;
  const session = useMemo(() => sessionOf(pageOf({ bot: draft.bot, name, zone, transcripts })), [draft.bot, name, zone, transcripts]);
  const bounds = boundsOf(draft, told?.shown?.today ?? null);
  return (
    <SeenBy session={session}>
      <h3 className={style.previewTitle} dir="auto">{name}</h3>
      <Bounded bot={draft.bot} bounds={bounds} locked={draft.filters.map(askedFilter)} without={fieldsLeftOut(draft)} />
      <EmbedBody
        address={{ page: "settings", company: me.company.company_id, section: "embed" }}
        company={me.company.company_id}
        bot={draft.bot}
        zone={zone}
        parts={PARTS.filter((part) => draft.parts.includes(part))}
        bounds={bounds}
        locked={draft.filters}
      />
    </SeenBy>
  );
}

/** The days of the link, as soon as it is known which day it is there. */
function boundsOf({ history, firstDay, lastDay }: Draft, today: string | null): { first: string | null; last: string | null; today: string } {
  if (today === null) return { first: null, last: null, today: "1970-01-01" };
  const since = history.trim() === "" ? null : daysAfter(today, -Number(history));
  const first = [firstDay === "" ? null : firstDay, since].filter((each) => each !== null).sort().at(-1) ?? null;
  return { first, last: lastDay === "" ? null : lastDay, today };
}

function pageOf({ bot, name, zone, transcripts }: { readonly bot: string; readonly name: string; readonly zone: string; readonly transcripts: boolean }): EmbedPage {
  return {
    link_id: "", chatbot_id: bot, chatbot_name: name, timezone: zone, today: "", parts: [], filters: [], first_day: null, last_day: null,
    theme: "system", accent: null, language: null, origins: [], transcripts, expires_at: null,
  };
}
