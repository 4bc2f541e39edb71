import { useState, type JSX } from "react";

import { ask } from "@/api/client";
import type { Chatbot } from "@/api/useChatbots";
import { Confirm } from "@/forms/Confirm";
import { useFormats } from "@/format/useFormats";
import { FirstRun } from "@/pages/firstRun/FirstRun";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Table } from "@/parts/Table";
import { Dialog } from "@/popups/Popups";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useView } from "@/url/useView";
import { useChange, useKept } from "@/forms/asking";
import { BotForm } from "./BotForm";
import { Kept } from "./Kept";
import { Recounts } from "./Recounts";
import style from "./settings.module.css";

/** The chatbots: their names, thresholds, whether they are published; made and deleted. */
export function Bots(): JSX.Element {
  const { say } = useTexts();
  const { admin } = useSession();
  const { others, changeOthers } = useView();
  const asked = useKept("/v1/chatbots");
  const [editing, setEditing] = useState<Chatbot | null>(null);
  const [deleting, setDeleting] = useState<Chatbot | null>(null);
  if (admin && others.new !== undefined) {
    return <FirstRun onLeave={() => { changeOthers({ new: null }); }} />;
  }
  const add = <Button look="main" onClick={() => { changeOthers({ new: "1" }); }}>{say("bots.add")}</Button>;
  return (
    <>
      <Card title={say("settings.bots")} tools={admin ? add : undefined}>
        {admin ? <Recounts /> : null}
        <Kept asked={asked} height="160px" what={say("settings.bots")}>
          {({ chatbots }) =>
            chatbots.length === 0 ? <p className={style.none}>{say("bots.none")}</p> : <BotTable bots={chatbots} onEdit={setEditing} onDelete={setDeleting} />
          }
        </Kept>
      </Card>
      <Dialog open={editing !== null} onOpenChange={() => { setEditing(null); }} title={<bdi>{editing?.name ?? editing?.chatbot_id}</bdi>} side="end">
        {editing === null ? null : <BotForm key={editing.chatbot_id} bot={editing} onDone={() => { setEditing(null); }} />}
      </Dialog>
      <Deleting key={deleting?.chatbot_id} bot={deleting} onClose={() => { setDeleting(null); }} />
    </>
  );
}

interface TableProps {
  readonly bots: readonly Chatbot[];
  readonly onEdit: (bot: Chatbot) => void;
  readonly onDelete: (bot: Chatbot) => void;
}

function BotTable({ bots, onEdit, onDelete }: TableProps): JSX.Element {
  const { say } = useTexts();
  const { me, admin } = useSession();
  const formats = useFormats();
  const last = (bot: Chatbot): string => {
    const at = me.chatbots.find((each) => each.chatbot_id === bot.chatbot_id)?.last_event_at;
    return at == null ? say("bots.no_event") : formats.instant(at, me.company.timezone);
  };
  return (
    <Table
      stacks
      caption={say("settings.bots")}
      rows={bots}
      id={(bot) => bot.chatbot_id}
      dimmed={(bot) => !bot.is_published}
      columns={[
        { id: "name", head: say("settings.name"), cell: (bot) => <><bdi>{bot.name ?? say("bots.untitled")}</bdi> <code className={style.code}>{bot.chatbot_id}</code></> },
        { id: "published", head: say("bots.published"), cell: (bot) => say(bot.is_published ? "form.yes" : "form.no") },
        { id: "threshold", head: say("bots.threshold"), number: true, cell: (bot) => say("bots.threshold.value", { n: bot.confidence_threshold }) },
        { id: "zone", head: say("settings.zone"), cell: (bot) => bot.timezone ?? say("bots.zone.company") },
        { id: "last", head: say("bots.last_event"), cell: last },
        ...(admin
          ? [{
              id: "actions",
              head: say("settings.actions"),
              cell: (bot: Chatbot) => (
                <span className={style.actions}>
                  <Button aria-label={say("bots.edit_what", { name: bot.name ?? bot.chatbot_id })} onClick={() => { onEdit(bot); }}>{say("bots.edit")}</Button>
                  <Button look="danger" aria-label={say("bots.delete_what", { name: bot.name ?? bot.chatbot_id })} onClick={() => { onDelete(bot); }}>{say("bots.delete")}</Button>
                </span>
              ),
            }]
          : []),
      ]}
    />
  );
}

function Deleting({ bot, onClose }: { readonly bot: Chatbot | null; readonly onClose: () => void }): JSX.Element {
  const { say } = useTexts();
  const id = bot?.chatbot_id ?? "";
  const remove = useChange((connection) => ask(connection, "delete", "/v1/chatbots/{chatbot_id}", { path: { chatbot_id: id } }), onClose);
  return (
    <Confirm
      open={bot !== null}
      onClose={onClose}
      title={say("bots.delete_what", { name: bot?.name ?? id })}
      go={say("bots.delete")}
      onGo={() => { remove.mutate(); }}
      busy={remove.isPending}
      error={remove.error}
      word={id}
    >
      <p>{say("bots.delete.text")}</p>
    </Confirm>
  );
}
