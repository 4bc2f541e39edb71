import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { useConnection } from "@/api/Api";
import { ApiError, sentenceOf } from "@/api/error";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { useTabTitle } from "@/parts/tabTitle";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import { askMe } from "./me";
import style from "./session.module.css";

const NOT_YOURS = new Set([403, 404]);

/** Why the company of the address cannot be shown, and which ones could be. */
export function CannotShow({ error, retry }: { readonly error: unknown; readonly retry: () => void }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const unknown = error instanceof ApiError && NOT_YOURS.has(error.status);
  const own = useQuery({
    queryKey: ["me", null],
    queryFn: ({ signal }) => askMe({ ...connection, company: null }, signal),
    enabled: unknown,
  });
  if (!unknown) {
    return (
      <PlainPage title={say("session.failed")} text={sentenceOf(error, say)}>
        <Button onClick={retry}>{say("widget.retry")}</Button>
      </PlainPage>
    );
  }
  return (
    <PlainPage title={say("session.unknown_company", { company: connection.company ?? "" })} text={say("session.unknown_company.text")}>
      {own.data?.companies.map((each) => (
        <Link key={each.company_id} className={style.choice} dir="auto" href={linkTo({ page: "overview", company: each.company_id })}>
          {each.name}
        </Link>
      ))}
      <Link className={style.link} href={linkTo({ page: "login" })}>
        {say("session.other_login")}
      </Link>
    </PlainPage>
  );
}

interface PlainPageProps {
  readonly title: string;
  readonly text: string;
  readonly children?: React.ReactNode;
}

/** A page that says one thing, and what can be done. */
export function PlainPage({ title, text, children }: PlainPageProps): JSX.Element {
  useTabTitle(title);
  return (
    <main className={style.page}>
      <h1 className={style.title} dir="auto">
        {title}
      </h1>
      <p className={style.text}>{text}</p>
      <div className={style.choices}>{children}</div>
    </main>
  );
}
