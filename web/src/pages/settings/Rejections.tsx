import type { JSX } from "react";

import type { Rejection } from "@/api/rejection";
import { useFormats } from "@/format/useFormats";
import { Card } from "@/parts/Card";
import { Table } from "@/parts/Table";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useKept } from "@/forms/asking";
import { Kept } from "./Kept";
import style from "./settings.module.css";

const OFTEN_MS = 5_000;

/** Which events were not taken lately, and why: for whoever looks for what is wrong with a sender. */
export function Rejections(): JSX.Element {
  const { say } = useTexts();
  const asked = useKept("/v1/rejections", { everyMs: OFTEN_MS });
  return (
    <Card title={say("settings.rejections")}>
      <p className={style.about}>{say("rejections.about")}</p>
      <Kept asked={asked} height="160px" what={say("settings.rejections")}>
        {({ rejections }) => (rejections.length === 0 ? <p className={style.none}>{say("rejections.none")}</p> : <List rejections={rejections} />)}
      </Kept>
    </Card>
  );
}

function List({ rejections }: { readonly rejections: readonly Rejection[] }): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const formats = useFormats();
  const rows = rejections.map((each, at) => ({ ...each, id: String(rejections.length - at) })); // many have one time
  return (
    <Table
      stacks
      caption={say("settings.rejections")}
      rows={rows}
      id={(each) => each.id}
      columns={[
        { id: "at", head: say("rejections.at"), cell: (each) => formats.instant(each.at, me.company.timezone) },
        { id: "by", head: say("rejections.by"), cell: (each) => <bdi>{each.by}</bdi> },
        { id: "code", head: say("rejections.code"), cell: (each) => <code className={style.code}>{each.code}</code> },
        { id: "field", head: say("rejections.field"), cell: (each) => (each.field === null ? "" : <code className={style.code}>{each.field}</code>) },
        { id: "message", head: say("rejections.message"), cell: (each) => <span className={style.sentence} dir="auto">{each.message ?? say("rejections.admins")}</span> },
      ]}
    />
  );
}
