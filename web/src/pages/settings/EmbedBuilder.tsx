import { useState, type JSX } from "react";

import { ask } from "@/api/client";
import { Copy } from "@/forms/Copy";
import { instantOf } from "@/format/formatDate";
import { Form } from "@/forms/Form";
import { FIRST_PARTS, originsIn, snippetFor } from "@/pages/embed/parts";
import { Card } from "@/parts/Card";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { askedFilter } from "@/url/asked";
import { useChange } from "./asking";
import { EmbedFields, isColor, type Draft } from "./EmbedFields";
import { EmbedPreview } from "./EmbedPreview";
import style from "./settings.module.css";

/** Making an embed link: what it shows at the one side, how that looks at the other. */
export function EmbedBuilder(): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const [draft, setDraft] = useState<Draft>({
    bot: me.chatbots[0]?.chatbot_id ?? "",
    name: "",
    parts: FIRST_PARTS,
    origins: "",
    filters: [],
    history: "",
    firstDay: "",
    lastDay: "",
    theme: "system",
    accent: "",
    language: "",
    transcripts: false,
    expires: "",
  });
  const make = useChange((connection) => ask(connection, "post", "/v1/embed-links", { body: sent(draft, me.company.timezone) as never }));
  const { wrong } = originsIn(draft.origins);
  const bot = me.chatbots.find((each) => each.chatbot_id === draft.bot);
  if (bot === undefined) return <p className={style.none}>{say("bots.none")}</p>;
  const title = draft.name.trim() === "" ? (bot.name ?? draft.bot) : draft.name;
  return (
    <>
      <Card title={say("embed.new")}>
        {make.data === undefined ? null : (
          <div className={style.made} role="status">
            <p className={style.strong}>{say("embed.made")}</p>
            <Copy block text={snippetFor(make.data.url, title)} what={say("embed.snippet")} />
            <p className={style.hint}>{say("embed.made.once")}</p>
          </div>
        )}
        <Form onSend={() => { make.mutate(); }} send={say("embed.make")} busy={make.isPending} idle={draft.name.trim() === "" || draft.parts.length === 0 || wrong.length > 0 || (draft.accent.trim() !== "" && !isColor(draft.accent))} error={make.error}>
          <EmbedFields draft={draft} onChange={(part) => { setDraft({ ...draft, ...part }); }} />
        </Form>
      </Card>
      <Card title={say("embed.preview")}>
        <EmbedPreview key={draft.bot} draft={draft} />
      </Card>
    </>
  );
}

/** A draft as the API takes it; its last day is one of the company. */
function sent(draft: Draft, zone: string): object {
  return {
    chatbot_id: draft.bot,
    name: draft.name.trim(),
    parts: draft.parts,
    origins: originsIn(draft.origins).origins,
    filters: draft.filters.map(askedFilter),
    first_day: draft.firstDay === "" ? null : draft.firstDay,
    last_day: draft.lastDay === "" ? null : draft.lastDay,
    history_days: draft.history.trim() === "" ? null : Number(draft.history),
    theme: draft.theme,
    accent: draft.accent.trim() === "" ? null : draft.accent.trim(),
    language: draft.language === "" ? null : draft.language,
    transcripts: draft.transcripts,
    expires_at: draft.expires === "" ? null : instantOf(`${draft.expires}T23:59`, zone),
  };
}
