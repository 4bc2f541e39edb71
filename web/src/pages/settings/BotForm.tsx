import { useState, type JSX } from "react";

import { ask, type AnswerOf } from "@/api/client";
import { Check, TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { isZone } from "@/format/zones";
import { useTexts } from "@/texts/texts";
import { useChange } from "./asking";
import style from "./settings.module.css";
import { ZoneNames } from "./ZoneNames";

type Bot = AnswerOf<"/v1/chatbots", "get">["chatbots"][number];

/** What was written, null if nothing was. */
function textOr(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** What of it is not as it was. */
function changes(bot: Bot, wanted: Partial<Bot>): Partial<Bot> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => value !== bot[key as keyof Bot]));
}

interface Props {
  readonly bot: Bot;
  readonly onDone: () => void;
}

/** What can be set of a chatbot. Only what was changed is sent. */
export function BotForm({ bot, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const [name, setName] = useState(bot.name ?? "");
  const [published, setPublished] = useState(bot.is_published);
  const [threshold, setThreshold] = useState(String(bot.confidence_threshold));
  const [zone, setZone] = useState(bot.timezone ?? "");
  const share = Number(threshold);
  const recounts = threshold.trim() !== "" && share !== bot.confidence_threshold;
  const given = changes(bot, { name: textOr(name), is_published: published, timezone: textOr(zone), ...(recounts ? { confidence_threshold: share } : {}) });
  const change = useChange(
    (connection) =>
      ask(connection, "put", "/v1/chatbots/{chatbot_id}", { path: { chatbot_id: bot.chatbot_id }, query: { wait: "false" } as never, body: given }),
    onDone,
  );
  return (
    <Form onSend={() => { change.mutate(); }} send={say(recounts ? "bots.save_and_recount" : "form.save")} busy={change.isPending} idle={Object.keys(given).length === 0} error={change.error} fields={["name", "confidence_threshold", "timezone"]}>
      <TextField label={say("settings.name")} value={name} maxLength={200} error={errorOf(change.error, "name")} onChange={(event) => { setName(event.target.value); }} />
      <Check label={say("bots.published")} hint={say("bots.published.hint")} checked={published} onChange={(event) => { setPublished(event.target.checked); }} />
      <TextField
        label={say("bots.threshold")}
        type="number"
        min={0}
        max={1}
        step={0.01}
        inputMode="decimal"
        value={threshold}
        error={errorOf(change.error, "confidence_threshold")}
        hint={recounts ? <strong className={style.warning}>{say("bots.threshold.recounts")}</strong> : say("bots.threshold.hint")}
        onChange={(event) => { setThreshold(event.target.value); }}
      />
      <TextField
        label={say("settings.zone")}
        list="bot-zones"
        placeholder={say("bots.zone.company")}
        value={zone}
        error={errorOf(change.error, "timezone") ?? (zone.trim() === "" || isZone(zone.trim()) ? undefined : say("settings.zone.unknown"))}
        onChange={(event) => { setZone(event.target.value); }}
      />
      <ZoneNames id="bot-zones" />
    </Form>
  );
}
