import { useMutation } from "@tanstack/react-query";
import type { JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { Button } from "@/parts/Button";
import { Menu } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { go, linkTo } from "@/url/useView";
import { tellSession } from "./leaving";
import type { Me } from "./me";
import style from "./session.module.css";

/** The name of the company; a menu if there are others to go to. */
export function CompanyMenu({ me }: { readonly me: Me }): JSX.Element {
  const { say } = useTexts();
  const { company_id: id, name } = me.company;
  if (me.companies.length < 2) {
    return (
      <p className={style.company} dir="auto" title={name}>
        {name}
      </p>
    );
  }
  const items = me.companies.map((each) => ({
    id: each.company_id,
    text: <bdi>{each.name}</bdi>,
    current: each.company_id === id,
    onPick: () => {
      go(linkTo({ page: "overview", company: each.company_id }));
    },
  }));
  const trigger = (
    <>
      <bdi className={style.companyName}>{name}</bdi> <span aria-hidden="true">▾</span>
    </>
  );
  return (
    <div className={style.company}>
      <Menu look="quiet" label={say("session.switch", { company: name })} trigger={trigger} groups={[{ title: say("session.companies"), items }]} />
    </div>
  );
}

/** Who is logged in, as what, and the way out. */
export function Account({ me }: { readonly me: Me }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const leaving = useMutation({
    mutationFn: () => ask(connection, "delete", "/v1/session"),
    onSuccess: () => {
      tellSession("out");
      window.location.assign(linkTo({ page: "login" })); // anew, so that nothing of the company stays in memory
    },
  });
  const name = me.user ?? me.who;
  return (
    <div className={style.account}>
      <p className={style.who} dir="auto" title={me.role === null ? name : say("session.here_as", { name, role: say(`role.${me.role}`) })}>
        {name}
        {me.role === null ? null : ` · ${say(`role.${me.role}`)}`}
      </p>
      <Button look="quiet" disabled={leaving.isPending} onClick={() => { leaving.mutate(); }}>
        {say("session.log_out")}
      </Button>
    </div>
  );
}
