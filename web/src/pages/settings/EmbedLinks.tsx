import { useState, type JSX } from "react";

import { ask, type AnswerOf } from "@/api/client";
import { Confirm } from "@/forms/Confirm";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Table } from "@/parts/Table";
import { Widget } from "@/parts/Widget";
import { ApiError } from "@/api/error";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useChange, useKept } from "@/forms/asking";
import { EmbedBuilder } from "./EmbedBuilder";
import { Kept } from "./Kept";
import style from "./settings.module.css";

export type EmbedLink = AnswerOf<"/v1/embed-links", "get">["embed_links"][number];

/** What pages elsewhere may show: made, listed, ended. */
export function EmbedLinks(): JSX.Element {
  const { say } = useTexts();
  const { has } = useSession();
  const asked = useKept("/v1/embed-links", { enabled: has("embed") });
  const [ending, setEnding] = useState<EmbedLink | null>(null);
  if (!has("embed")) {
    const error = new ApiError(402, "plan_required", say("plan.who"));
    return (
      <Card title={say("settings.embed")}>
        <Widget state={{ kind: "plan", error }} height="160px">{() => null}</Widget>
      </Card>
    );
  }
  return (
    <>
      <EmbedBuilder />
      <Card title={say("embed.links")}>
        <Kept asked={asked} height="120px" what={say("embed.links")}>
          {({ embed_links: links }) => (links.length === 0 ? <p className={style.none}>{say("embed.none")}</p> : <LinkTable links={links} onEnd={setEnding} />)}
        </Kept>
      </Card>
      <Ending key={ending?.id} link={ending} onClose={() => { setEnding(null); }} />
    </>
  );
}

function LinkTable({ links, onEnd }: { readonly links: readonly EmbedLink[]; readonly onEnd: (link: EmbedLink) => void }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const formats = useFormats();
  const moment = (instant: string): string => formats.instant(instant, me.company.timezone);
  const botName = (id: string): string => me.chatbots.find((each) => each.chatbot_id === id)?.name ?? id;
  return (
    <Table
      stacks
      caption={say("embed.links")}
      rows={links}
      id={(link) => link.id}
      dimmed={(link) => link.revoked_at !== null}
      columns={[
        { id: "name", head: say("settings.name"), cell: (link) => <><bdi>{link.name}</bdi> <bdi className={style.code}>{botName(link.chatbot_id)}</bdi></> },
        { id: "origins", head: say("embed.origins"), cell: (link) => (link.origins.length === 0 ? say("embed.origins.none") : <span className={style.sentence}>{formats.list(link.origins)}</span>) },
        { id: "transcripts", head: say("embed.transcripts"), cell: (link) => say(link.transcripts ? "form.yes" : "form.no") },
        { id: "expires", head: say("embed.expires"), cell: (link) => (link.expires_at === null ? say("embed.expires.never") : moment(link.expires_at)) },
        {
          id: "end",
          head: say("settings.actions"),
          cell: (link) =>
            link.revoked_at === null ? (
              <Button look="danger" onClick={() => { onEnd(link); }}>{say("embed.end")}</Button>
            ) : (
              say("keys.ended", { date: moment(link.revoked_at) })
            ),
        },
      ]}
    />
  );
}

function Ending({ link, onClose }: { readonly link: EmbedLink | null; readonly onClose: () => void }): JSX.Element {
  const { say } = useTexts();
  const end = useChange((connection) => ask(connection, "delete", "/v1/embed-links/{link_id}", { path: { link_id: link?.id ?? "" } }), onClose);
  return (
    <Confirm open={link !== null} onClose={onClose} title={say("embed.end_what", { name: link?.name ?? "" })} go={say("embed.end")} onGo={() => { end.mutate(); }} busy={end.isPending} error={end.error}>
      <p>{say("embed.end.text")}</p>
    </Confirm>
  );
}
