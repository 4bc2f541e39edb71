import { useState, type JSX } from "react";

import { TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { instantOf } from "@/format/formatDate";
import { useTexts } from "@/texts/texts";
import { useGapEdit, type Gap } from "./gaps";

interface Props {
  readonly gap: Gap;
  readonly onDone: () => void;
}

const LONGEST_NOTE = 2_000;
const LONGEST_TITLE = 200;

/** Somebody wrote the answer: what was done, and since when. */
export function FixForm({ gap, zone, onDone }: Props & { readonly zone: string }): JSX.Element {
  const { say } = useTexts();
  const [note, setNote] = useState("");
  const [when, setWhen] = useState("");
  const edit = useGapEdit(gap, onDone);
  const at = when === "" ? null : instantOf(when, zone);
  return (
    <Form onSend={() => { edit.mutate({ state: "fixed", ...textOf("note", note), ...(at === null ? {} : { at }) }); }} send={say("gap.do.fix")} busy={edit.isPending} error={edit.error} fields={["note", "at"]}>
      <p>{say("gap.fix.text")}</p>
      <TextField label={say("gap.fix.note")} hint={say("gap.fix.note.hint")} autoFocus maxLength={LONGEST_NOTE} value={note} error={errorOf(edit.error, "note")} onChange={(event) => { setNote(event.target.value); }} />
      <TextField label={say("gap.fix.when")} hint={say("gap.fix.when.hint", { zone })} type="datetime-local" value={when} error={errorOf(edit.error, "at")} onChange={(event) => { setWhen(event.target.value); }} />
    </Form>
  );
}

/** It is none, or none of ours: why. */
export function DismissForm({ gap, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const [reason, setReason] = useState("");
  const edit = useGapEdit(gap, onDone);
  return (
    <Form onSend={() => { edit.mutate({ state: "dismissed", reason: reason.trim() }); }} send={say("gap.do.dismiss")} busy={edit.isPending} idle={reason.trim() === ""} error={edit.error} fields={["reason"]}>
      <p>{say("gap.dismiss.text")}</p>
      <TextField label={say("gap.dismiss.reason")} autoFocus maxLength={LONGEST_NOTE} value={reason} error={errorOf(edit.error, "reason")} onChange={(event) => { setReason(event.target.value); }} />
    </Form>
  );
}

/** It is open again, and perhaps why. */
export function ReopenForm({ gap, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const [reason, setReason] = useState("");
  const edit = useGapEdit(gap, onDone);
  return (
    <Form onSend={() => { edit.mutate({ state: "open", ...textOf("reason", reason) }); }} send={say("gap.do.reopen")} busy={edit.isPending} error={edit.error} fields={["reason"]}>
      <TextField label={say("gap.reopen.reason")} autoFocus maxLength={LONGEST_NOTE} value={reason} error={errorOf(edit.error, "reason")} onChange={(event) => { setReason(event.target.value); }} />
    </Form>
  );
}

/** What people call it; without a name it has that of its most central question. */
export function RenameForm({ gap, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const [title, setTitle] = useState(gap.title);
  const edit = useGapEdit(gap, onDone);
  return (
    <Form onSend={() => { edit.mutate({ title: title.trim() === "" ? null : title.trim() }); }} send={say("form.save")} busy={edit.isPending} idle={title.trim() === gap.title} error={edit.error} fields={["title"]}>
      <TextField label={say("gap.rename.title")} hint={say("gap.rename.hint")} autoFocus maxLength={LONGEST_TITLE} value={title} error={errorOf(edit.error, "title")} onChange={(event) => { setTitle(event.target.value); }} />
    </Form>
  );
}

function textOf<Name extends string>(name: Name, text: string): Partial<Record<Name, string>> {
  return text.trim() === "" ? {} : ({ [name]: text.trim() } as Record<Name, string>);
}
