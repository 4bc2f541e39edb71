import { useState, type JSX } from "react";

import { Check, TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { toast } from "@/toasts/toasts";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import type { SavedView } from "./saved";
import { useChangeView, useSaveView } from "./useSaved";

interface Props {
  /** The one that gets another name; null: what is shown is saved. */
  readonly view: SavedView | null;
  readonly here: Pick<SavedView, "query" | "chatbot_id">;
  readonly onDone: () => void;
}

const LONGEST = 100;

/** The name of a view, and who sees it. An admin who is no person can only save for all. */
export function ViewForm({ view, here, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const { me, admin } = useSession();
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(me.user === null);
  const done = (): void => {
    toast(say("saved.done", { name: name.trim() }));
    onDone();
  };
  const save = useSaveView(done);
  const change = useChangeView(done);
  const { error, isPending } = view === null ? save : change;
  const send = (): void => {
    if (view === null) save.mutate({ name: name.trim(), shared, query: here.query, chatbot_id: here.chatbot_id });
    else change.mutate({ id: view.id, name: name.trim() });
  };
  return (
    <Form onSend={send} send={say("form.save")} busy={isPending} idle={name.trim() === ""} error={error} fields={["name"]}>
      <TextField label={say("saved.name")} {...(view === null ? { hint: say("saved.hint") } : {})} autoFocus maxLength={LONGEST} value={name} error={errorOf(error, "name")} onChange={(event) => { setName(event.target.value); }} />
      {view === null && admin && me.user !== null ? <Check label={say("saved.for_all")} checked={shared} onChange={(event) => { setShared(event.target.checked); }} /> : null}
    </Form>
  );
}
