import { useState, type JSX } from "react";

import { SelectField, TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { instantOf, localTime } from "@/format/formatDate";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import type { KeptMarker } from "./placed";
import { useKeepMarker } from "./useMarkers";

interface Props {
  /** The one that is changed; null: it is a new one. */
  readonly marker: KeptMarker | null;
  /** When it was, to begin with: a local time of the zone. */
  readonly at: string;
  /** Of which chatbot, to begin with; null is all of them. */
  readonly chatbot: string | null;
  readonly zone: string;
  readonly onDone: () => void;
}

const LONGEST = 80;
const ALL = "";

/** What happened, when, and to which chatbot. */
export function MarkerForm({ marker, at, chatbot, zone, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const [text, setText] = useState(marker?.text ?? "");
  const [when, setWhen] = useState(marker === null ? at : localTime(marker.at, zone));
  const [link, setLink] = useState(marker?.link ?? "");
  const [of, setOf] = useState((marker === null ? chatbot : marker.chatbot_id) ?? ALL);
  const keep = useKeepMarker(marker?.id ?? null, onDone);
  const instant = instantOf(when, zone);
  const send = (): void => {
    if (instant !== null) keep.mutate({ at: instant, text: text.trim(), link: link.trim() === "" ? null : link.trim(), chatbot_id: of === ALL ? null : of });
  };
  return (
    <Form onSend={send} send={say(marker === null ? "marker.make" : "form.save")} busy={keep.isPending} idle={text.trim() === "" || instant === null} error={keep.error} fields={["text", "at", "link"]}>
      <TextField label={say("marker.text")} hint={say("marker.text.hint")} autoFocus maxLength={LONGEST} value={text} error={errorOf(keep.error, "text")} onChange={(event) => { setText(event.target.value); }} />
      <TextField label={say("marker.when")} hint={say("marker.when.hint", { zone })} type="datetime-local" value={when} error={errorOf(keep.error, "at")} onChange={(event) => { setWhen(event.target.value); }} />
      <SelectField label={say("marker.of")} value={of} onChange={(event) => { setOf(event.target.value); }}>
        <option value={ALL}>{say("marker.of.all")}</option>
        {me.chatbots.map((each) => <option key={each.chatbot_id} value={each.chatbot_id}>{each.name ?? each.chatbot_id}</option>)}
      </SelectField>
      <TextField label={say("marker.link")} type="url" value={link} error={errorOf(keep.error, "link")} onChange={(event) => { setLink(event.target.value); }} />
    </Form>
  );
}
