import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { useConnection } from "@/api/Api";
import { Link } from "@/parts/Link";
import { askMe, type Me } from "@/session/me";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import style from "./Login.module.css";

/** Who is logged in in this browser; null while nobody is known to be. */
export function useHere(asked: boolean): Me | null {
  const connection = useConnection();
  const { data } = useQuery({
    queryKey: ["me", null],
    queryFn: ({ signal }) => askMe({ ...connection, company: null }, signal),
    enabled: asked,
    retry: false,
  });
  return (asked ? data : null) ?? null;
}

/** Who comes here and is logged in needs nothing. */
export function Already({ me }: { readonly me: Me }): JSX.Element {
  const { say } = useTexts();
  return (
    <>
      <h1 className={style.title}>{say("login.already", { name: me.user ?? me.who })}</h1>
      <p className={style.text} dir="auto">{say("login.already.text")}</p>
      {(me.companies.length === 0 ? [me.company] : me.companies).map((each) => (
        <Link key={each.company_id} className={style.link} dir="auto" href={linkTo({ page: "overview", company: each.company_id })}>
          {each.name}
        </Link>
      ))}
    </>
  );
}
