import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import type { Connection } from "@/api/client";
import { Preferences } from "@/frame/Preferences";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { useTabTitle } from "@/parts/tabTitle";
import { credentialsIn, nameIn, takeFragment, type Credentials } from "@/session/credentials";
import { hearSession, tellSession } from "@/session/leaving";
import { askMe } from "@/session/me";
import { companyOf, keepReturn, keptReturn, safeReturn } from "@/session/returning";
import { useTexts } from "@/texts/texts";
import { go, linkTo, ROOT } from "@/url/useView";
import { Copy } from "@/forms/Copy";
import { Already, useHere } from "./Already";
import { enter } from "./enter";
import { adviceFor, failureOf, type Failure } from "./failure";
import { usePeek } from "./peek";
import style from "./Login.module.css";

const COMMAND = "botlens link";

// Taken before anything is drawn: also where this page is drawn twice, the secret is read once.
let held: Credentials | null = null;
let name: string | null = null;
function taken(): Credentials | null {
  const found = credentialsIn(takeFragment());
  if (found !== null) {
    held = found;
    name = nameIn(found);
  }
  return held;
}

/** Logging in: by a link or by the login of the product, each behind a button. There are no passwords. */
export function Login(): JSX.Element {
  const { say } = useTexts();
  useTabTitle(say("login.go"));
  const connection = useConnection();
  const queries = useQueryClient();
  const [credentials, setCredentials] = useState(taken);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const { peek, refused } = usePeek(credentials);
  const told = failure ?? refused;
  const back = safeReturn(new URLSearchParams(window.location.search).get("to")) ?? keptReturn();

  useEffect(() => { keepReturn(back); }, [back]);
  useOtherLink(() => {
    setCredentials(taken());
    setFailure(null);
  });
  useOtherTab(connection, back);

  const logIn = async (): Promise<void> => {
    if (credentials === null) return;
    setBusy(true);
    try {
      const company = await enter(connection, credentials);
      held = null;
      queries.clear(); // what somebody else saw in this tab
      tellSession("in");
      leave(back !== null && companyOf(back) === company ? back : linkTo({ page: "overview", company }).slice(ROOT.length));
    } catch (error) {
      const found = failureOf(error);
      setFailure(found);
      setBusy(false);
      if (found.final) {
        held = null;
        setCredentials(null);
      }
    }
  };

  return (
    <main className={style.page}>
      <section className={style.box}>
        <p className={style.brand}>{"botlens"}</p>
        {credentials === null || refused !== null ? <HowTo failure={told} jwt={told?.jwt ?? false} led={back !== null} /> : (
          <>
            <h1 className={style.title}>{say("login.title")}</h1>
            <p className={style.text} dir="auto">
              {peek !== null ? say("login.by_link.to", { company: peek.company.name, role: say(`role.${peek.role}`) }) : say("token" in credentials ? "login.by_link" : "login.by_product")}
            </p>
            {failure === null ? null : <Why failure={failure} />}
            <Button look="main" className={style.go} autoFocus disabled={busy} onClick={() => void logIn()}>
              {peek === null && name === null ? say("login.go") : say("login.go_as", { name: peek?.user ?? name ?? "" })}
            </Button>
          </>
        )}
      </section>
      <Preferences />
    </main>
  );
}

/** A link that is followed on this very page changes the fragment and nothing else. */
function useOtherLink(look: () => void): void {
  const looking = useRef(look);
  useEffect(() => {
    looking.current = look;
  });
  useEffect(() => {
    const changed = (): void => { looking.current(); };
    window.addEventListener("hashchange", changed);
    return () => { window.removeEventListener("hashchange", changed); };
  }, []);
}

/** Logged in beside this tab: then this one, which waits, goes to where it was. */
function useOtherTab(connection: Connection, back: string | null): void {
  useEffect(() => hearSession((what) => {
    if (what !== "in") return;
    const company = back === null ? null : companyOf(back);
    void askMe({ ...connection, company }).then(
      (me) => { leave(back ?? linkTo({ page: "overview", company: me.company.company_id }).slice(ROOT.length)); },
      () => undefined,
    );
  }), [back, connection]);
}

function leave(to: string): void {
  keepReturn(null);
  go(ROOT + to, "replace");
}

function Why({ failure }: { readonly failure: Failure }): JSX.Element {
  const { say } = useTexts();
  return (
    <div className={style.failure} role="alert">
      <p className={style.failed}>{say(`login.failure.${failure.kind}`)}</p>
      {failure.sentence === "" ? null : <p>{failure.sentence}</p>}
    </div>
  );
}

/** What to do when there is nothing to log in with, or no longer. */
function HowTo({ failure, jwt, led }: { readonly failure: Failure | null; readonly jwt: boolean; readonly led: boolean }): JSX.Element {
  const { say } = useTexts();
  const here = useHere(failure === null && !led); // whoever was led here is not logged in
  if (here !== null) return <Already me={here} />;
  return (
    <>
      <h1 className={style.title}>{say(failure === null ? "login.needed" : "login.failed")}</h1>
      {failure === null ? null : <Why failure={failure} />}
      {failure === null ? null : <p className={style.text}>{say(adviceFor(failure))}</p>}
      <dl className={style.ways}>
        {jwt ? null : (
          <>
            <dt>{say("login.way.server")}</dt>
            <dd>
              <p>{say("login.way.server.text")}</p>
              <Copy text={COMMAND} what={say("login.command")} />
            </dd>
            <dt>{say("login.way.colleague")}</dt>
            <dd>{say("login.way.colleague.text")}</dd>
          </>
        )}
        <dt>{say("login.way.product")}</dt>
        <dd>{say("login.way.product.text")}</dd>
      </dl>
      {failure?.kind === "wrong_company" ? (
        <Link className={style.link} href={linkTo({ page: "home" })}>
          {say("login.home")}
        </Link>
      ) : null}
    </>
  );
}
