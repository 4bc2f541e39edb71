import { useState, type JSX } from "react";

import { ask, type AnswerOf } from "@/api/client";
import { Confirm } from "@/forms/Confirm";
import { Copy } from "@/forms/Copy";
import { Check, TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Table } from "@/parts/Table";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useChange, useKept } from "@/forms/asking";
import { Kept } from "./Kept";
import style from "./settings.module.css";

type ApiKey = AnswerOf<"/v1/keys", "get">["keys"][number];
const SCOPES = ["ingest", "read", "admin"] as const;

/** The keys of programs: what each may do, when it was last used; made and ended. */
export function Keys(): JSX.Element {
  const { say } = useTexts();
  const asked = useKept("/v1/keys");
  const [ending, setEnding] = useState<ApiKey | null>(null);
  return (
    <>
      <Card title={say("keys.new")}>
        <NewKey />
      </Card>
      <Card title={say("settings.keys")}>
        <Kept asked={asked} height="120px" what={say("settings.keys")}>
          {({ keys }) => (keys.length === 0 ? <p className={style.none}>{say("keys.none")}</p> : <KeyTable keys={keys} onEnd={setEnding} />)}
        </Kept>
      </Card>
      <Ending key={ending?.key_id} ending={ending} onClose={() => { setEnding(null); }} />
    </>
  );
}

function NewKey(): JSX.Element {
  const { say } = useTexts();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly (typeof SCOPES)[number][]>(["ingest"]);
  const make = useChange(
    (connection) => ask(connection, "post", "/v1/keys", { body: { name, scopes } as never }),
    () => { setName(""); },
  );
  const made = make.data;
  return (
    <>
      {made === undefined ? null : (
        <div className={style.made} role="status">
          <p className={style.strong}>{say("keys.made", { name: made.name })}</p>
          <Copy text={made.api_key} what={say("keys.the_key")} />
          <p className={style.hint}>{say("keys.once")}</p>
        </div>
      )}
      <Form onSend={() => { make.mutate(); }} send={say("keys.make")} busy={make.isPending} idle={name.trim() === "" || scopes.length === 0} error={make.error} fields={["name"]}>
        <TextField label={say("settings.name")} placeholder={say("keys.name.example")} value={name} error={errorOf(make.error, "name")} onChange={(event) => { setName(event.target.value); }} />
        <fieldset className={style.choices}>
          <legend>{say("keys.scopes")}</legend>
          {SCOPES.map((scope) => (
            <Check
              key={scope}
              label={say(`keys.scope.${scope}`)}
              hint={say(`keys.scope.${scope}.hint`)}
              checked={scopes.includes(scope)}
              onChange={(event) => { setScopes(SCOPES.filter((each) => (each === scope ? event.target.checked : scopes.includes(each)))); }}
            />
          ))}
        </fieldset>
      </Form>
    </>
  );
}

function KeyTable({ keys, onEnd }: { readonly keys: readonly ApiKey[]; readonly onEnd: (key: ApiKey) => void }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const formats = useFormats();
  const moment = (instant: string): string => formats.instant(instant, me.company.timezone);
  return (
    <Table
      stacks
      caption={say("settings.keys")}
      rows={[...keys].reverse()}
      id={(key) => key.key_id}
      dimmed={(key) => key.revoked_at !== null}
      columns={[
        { id: "name", head: say("settings.name"), cell: (key) => <bdi>{key.name === "" ? say("bots.untitled") : key.name}</bdi> },
        { id: "prefix", head: say("keys.begins"), cell: (key) => <code className={style.code}>{`${key.prefix}…`}</code> },
        { id: "scopes", head: say("keys.scopes"), cell: (key) => formats.list(scopesOf(key).map((scope) => say(`keys.scope.${scope}`))) },
        { id: "made", head: say("keys.created"), cell: (key) => moment(key.created_at) },
        { id: "used", head: say("keys.used"), cell: (key) => (key.last_used_at === null ? say("keys.never") : moment(key.last_used_at)) },
        {
          id: "end",
          head: say("settings.actions"),
          cell: (key) =>
            key.revoked_at === null ? (
              <Button look="danger" aria-label={say("keys.end_what", { name: key.name })} onClick={() => { onEnd(key); }}>
                {say("keys.end")}
              </Button>
            ) : (
              say("keys.ended", { date: moment(key.revoked_at) })
            ),
        },
      ]}
    />
  );
}

/** `admin` includes the others. */
function scopesOf(key: ApiKey): ApiKey["scopes"] {
  return key.scopes.includes("admin") ? ["admin"] : key.scopes;
}

function Ending({ ending, onClose }: { readonly ending: ApiKey | null; readonly onClose: () => void }): JSX.Element {
  const { say } = useTexts();
  const end = useChange((connection) => ask(connection, "delete", "/v1/keys/{key_id}", { path: { key_id: ending?.key_id ?? "" } }), onClose);
  return (
    <Confirm open={ending !== null} onClose={onClose} title={say("keys.end_what", { name: ending?.name ?? "" })} go={say("keys.end")} onGo={() => { end.mutate(); }} busy={end.isPending} error={end.error}>
      <p>{say("keys.end.text")}</p>
    </Confirm>
  );
}
