import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { sentenceOf } from "@/api/error";
import { copyLink } from "@/toasts/copying";
import { toast } from "@/toasts/toasts";
import { Button } from "@/parts/Button";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { Transcript } from "./items";
import style from "./Transcript.module.css";

/** Copies the link to a conversation, without what the list was of. */
export function CopyLink({ company, told }: { readonly company: string; readonly told: Transcript }): JSX.Element {
  const { say } = useTexts();
  const link = window.location.origin + linkTo({ page: "conversations", company, bot: told.chatbot_id, conversation: told.conversation_id });
  return <Button look="quiet" onClick={() => void copyLink(link, say)}>{say("transcript.copy")}</Button>;
}

interface DeleteProps {
  readonly told: Transcript;
  readonly onDeleted: () => void;
}

/** Deletes a conversation, after saying what is lost. For admins; the API refuses everybody else. */
export function Delete({ told, onDeleted }: DeleteProps): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const state = useQueryClient();
  const [open, setOpen] = useState(false);
  const deletion = useMutation({
    mutationFn: () => ask(connection, "delete", "/v1/conversations/{conversation_id}", { path: { conversation_id: told.conversation_id }, query: { chatbot: told.chatbot_id } }),
    onSuccess: () => {
      setOpen(false);
      onDeleted();
      toast(say("transcript.deleted"));
      state.removeQueries({ queryKey: ["conversation", connection.company, told.chatbot_id, told.conversation_id] });
      void state.invalidateQueries();
    },
  });
  return (
    <>
      <Button look="quiet" onClick={() => { setOpen(true); }}>{say("transcript.delete")}</Button>
      <Dialog open={open} onOpenChange={setOpen} title={say("transcript.delete.title")}>
        <div>
          <p>{say("transcript.delete.lost")}</p>
          <ul className={style.lost}>{lostOf(told, say).map((each) => <li key={each}>{each}</li>)}</ul>
          <p>{say("transcript.delete.later")}</p>
          {deletion.error === null ? null : <p role="alert">{sentenceOf(deletion.error, say)}</p>}
          <div className={style.buttons}>
            <Button onClick={() => { setOpen(false); }}>{say("transcript.delete.cancel")}</Button>
            <Button look="danger" disabled={deletion.isPending} onClick={() => { deletion.mutate(); }}>{say("transcript.delete.confirm")}</Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

/** What is lost with a conversation, thing by thing. */
function lostOf(told: Transcript, say: ReturnType<typeof useTexts>["say"]): string[] {
  const votes = told.messages.filter((message) => message.feedback !== null).length + told.feedback_on_unknown_messages.length;
  return [
    say("transcript.delete.messages", { n: told.messages.length }),
    votes === 0 ? null : say("transcript.delete.votes", { n: votes }),
    told.rating === null ? null : say("transcript.delete.rating", { n: told.rating.score }),
    told.handoffs.length === 0 ? null : say("transcript.delete.handoffs", { n: told.handoffs.length }),
    told.outcomes.length === 0 ? null : say("transcript.delete.outcomes", { n: told.outcomes.length }),
  ].filter((each) => each !== null);
}
