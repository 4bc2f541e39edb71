import { useState, type JSX } from "react";

import { ask } from "@/api/client";
import { TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useChange } from "@/forms/asking";
import { botIdOf } from "./botId";
import { Send } from "./Send";
import style from "./firstRun.module.css";

interface Props {
  /** What to do when somebody wants to go back; absent where there is nothing to go back to. */
  readonly onLeave?: () => void;
}

/** From nothing to the first conversation: a name, a key, something to run, and waiting for it. */
export function FirstRun({ onLeave }: Props): JSX.Element {
  const { say } = useTexts();
  const { me, admin } = useSession();
  const [name, setName] = useState("");
  const id = botIdOf(name, me.chatbots.map((each) => each.chatbot_id));
  const make = useChange(async (connection) => {
    await ask(connection, "put", "/v1/chatbots/{chatbot_id}", { path: { chatbot_id: id }, body: { name: name.trim() } });
    const key = await ask(connection, "post", "/v1/keys", { body: { name: id, scopes: ["ingest"] } as never });
    return { bot: id, name: name.trim(), key: key.api_key };
  });
  if (!admin) return <p className={style.text}>{say("first.not_yet")}</p>;
  return (
    <div className={style.steps}>
      {make.data === undefined ? (
        <Card title={say(me.chatbots.length === 0 ? "first.title" : "bots.add")} tools={onLeave && <Button look="quiet" onClick={onLeave}>{say("form.cancel")}</Button>}>
          <p className={style.text}>{say("first.text")}</p>
          <Form onSend={() => { make.mutate(); }} send={say("first.make")} busy={make.isPending} idle={name.trim() === ""} error={make.error} fields={["name"]}>
            <TextField
              label={say("first.name")}
              placeholder={say("first.name.example")}
              value={name}
              maxLength={200}
              autoFocus
              hint={name.trim() === "" ? say("first.name.hint") : say("first.id", { id })}
              error={errorOf(make.error, "name")}
              onChange={(event) => { setName(event.target.value); }}
            />
          </Form>
        </Card>
      ) : (
        <Send made={make.data} />
      )}
    </div>
  );
}
