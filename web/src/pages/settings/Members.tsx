import { useState, type JSX } from "react";

import { ask, type AnswerOf } from "@/api/client";
import { sentenceOf } from "@/api/error";
import { Confirm } from "@/forms/Confirm";
import { Copy } from "@/forms/Copy";
import { SelectField, TextField } from "@/forms/Field";
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

type Member = AnswerOf<"/v1/members", "get">["members"][number];
type Role = Member["role"];
type Given = "viewer" | "admin";

/** The people of the company: their roles, and links that let them in. */
export function Members(): JSX.Element {
  const { say } = useTexts();
  const asked = useKept("/v1/members");
  return (
    <>
      <Card title={say("members.new")}>
        <NewMember />
      </Card>
      <Card title={say("settings.members")}>
        <Kept asked={asked} height="120px" what={say("settings.members")}>
          {({ members }) => <MemberTable members={members} />}
        </Kept>
      </Card>
    </>
  );
}

/** Letting somebody in: a link that works once; whoever follows it is a member. */
function NewMember(): JSX.Element {
  const { say } = useTexts();
  const [user, setUser] = useState("");
  const [role, setRole] = useState<Given>("viewer");
  const make = useChange((connection) => ask(connection, "post", "/v1/login-links", { body: { user, role } }), () => { setUser(""); });
  return (
    <>
      {make.data === undefined ? null : <MadeLink made={make.data} />}
      <Form onSend={() => { make.mutate(); }} send={say("members.make_link")} busy={make.isPending} idle={user.trim() === ""} error={make.error} fields={["user"]}>
        <TextField label={say("members.user")} hint={say("members.user.hint")} value={user} error={errorOf(make.error, "user")} onChange={(event) => { setUser(event.target.value); }} />
        <SelectField label={say("members.role")} hint={say(`role.${role}.hint`)} value={role} onChange={(event) => { setRole(event.target.value as Given); }}>
          <option value="viewer">{say("role.viewer")}</option>
          <option value="admin">{say("role.admin")}</option>
        </SelectField>
      </Form>
    </>
  );
}

function MadeLink({ made }: { readonly made: AnswerOf<"/v1/login-links", "post"> }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const formats = useFormats();
  return (
    <div className={style.made} role="status">
      <p className={style.strong}>{say("members.link_made", { user: made.user })}</p>
      <Copy text={made.url} what={say("members.link")} />
      <p className={style.hint}>{say("members.link.once", { time: formats.time(made.expires_at, me.company.timezone) })}</p>
    </div>
  );
}

function MemberTable({ members }: { readonly members: readonly Member[] }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const formats = useFormats();
  const [removing, setRemoving] = useState<Member | null>(null);
  const change = useChange((connection, body: { user: string; role: Role }) => ask(connection, "post", "/v1/members", { body }));
  const link = useChange((connection, user: string) => ask(connection, "post", "/v1/login-links", { body: { user } }));
  const remove = useChange((connection, user: string) => ask(connection, "delete", "/v1/members/{user}", { path: { user } }), () => { setRemoving(null); });
  const error = change.error ?? link.error;
  return (
    <>
      {link.data === undefined ? null : <MadeLink made={link.data} />}
      {error === null ? null : (
        <p className={style.error} role="alert">
          {sentenceOf(error, say)}
        </p>
      )}
      <Table
        stacks
        caption={say("settings.members")}
        rows={members}
        id={(member) => member.user}
        columns={[
          { id: "user", head: say("members.user"), cell: (member) => <bdi>{member.user}{member.user === me.user ? ` (${say("members.you")})` : ""}</bdi> },
          {
            id: "role",
            head: say("members.role"),
            cell: (member) => <RoleOf member={member} busy={change.isPending} onChange={(role) => { change.mutate({ user: member.user, role }); }} />,
          },
          { id: "since", head: say("members.since"), cell: (member) => formats.instant(member.since, me.company.timezone) },
          {
            id: "actions",
            head: say("settings.actions"),
            cell: (member) => (
              <span className={style.actions}>
                <Button onClick={() => { link.mutate(member.user); }}>{say("members.link")}</Button>
                {member.role === "owner" ? null : (
                  <Button look="danger" onClick={() => { setRemoving(member); }}>
                    {say("members.remove")}
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      <Confirm
        open={removing !== null}
        onClose={() => { setRemoving(null); }}
        title={say("members.remove_who", { user: removing?.user ?? "" })}
        go={say("members.remove")}
        onGo={() => { if (removing !== null) remove.mutate(removing.user); }}
        busy={remove.isPending}
        error={remove.error}
      >
        <p>{say("members.remove.text")}</p>
      </Confirm>
    </>
  );
}

/** The role of a member, to be changed; that of the owner stands. */
function RoleOf({ member, busy, onChange }: { readonly member: Member; readonly busy: boolean; readonly onChange: (role: Role) => void }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  // A login link may let somebody in as less than they are.
  const here = member.user === me.user && me.role !== null && me.role !== member.role ? ` (${say("members.here_as", { role: say(`role.${me.role}`) })})` : "";
  if (member.role === "owner") return <>{say("role.owner")}{here}</>;
  return (
    <select className={style.inline} aria-label={say("members.role_of", { user: member.user })} value={member.role} disabled={busy} onChange={(event) => { onChange(event.target.value as Role); }}>
      <option value="viewer">{say("role.viewer")}</option>
      <option value="admin">{say("role.admin")}</option>
    </select>
  );
}
