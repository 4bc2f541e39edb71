import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask, type Connection } from "@/api/client";
import type { Rejection } from "@/api/rejection";
import { Link } from "@/parts/Link";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { go, linkTo } from "@/url/useView";
import style from "./firstRun.module.css";

const OFTEN_MS = 1_000;
const SHOWN_MS = 4_000;
const MOST = 3;

/** Waits for the first event of a chatbot, says what it was, and goes on to the page of it; or says why it was not taken. */
export function WaitForFirst({ bot }: { readonly bot: string }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const { me, has } = useSession();
  const link = linkTo({ page: "bot", company: me.company.company_id, bot });
  const seen = useQuery({
    queryKey: ["first", connection.company, bot],
    queryFn: ({ signal }) => look(connection, bot, has("conversations"), signal),
    refetchInterval: ({ state }) => (state.data?.came ? false : OFTEN_MS),
  });
  const came = seen.data?.came ?? false;
  useEffect(() => {
    if (!came) return undefined;
    const timer = setTimeout(() => { go(link); }, SHOWN_MS);
    return () => { clearTimeout(timer); };
  }, [came, link]);
  const fresh = useFresh(seen.data?.rejections);
  if (seen.data?.came) {
    return (
      <section className={`${style.waiting ?? ""} ${style.came ?? ""}`} role="status">
        <p className={style.big}>{say("first.came")}</p>
        {seen.data.text === null ? null : <p className={`visitor ${style.quote ?? ""}`} dir="auto">{seen.data.text}</p>}
        <Link className={style.link} href={link}>{say("first.go_on")}</Link>
      </section>
    );
  }
  return (
    <section className={style.waiting}>
      <p className={style.big} role="status">
        <span className={style.pulse} aria-hidden="true" />
        {say("first.waiting")}
      </p>
      {fresh.length === 0 ? <p className={style.hint}>{say("first.waiting.hint")}</p> : <Rejected rejections={fresh} />}
    </section>
  );
}

/** What was refused since this is looked at; what was before is of something else. */
function useFresh(rejections: readonly Rejection[] | undefined): readonly Rejection[] {
  const [known, setKnown] = useState<string | null>(null);
  if (known === null && rejections !== undefined) setKnown(rejections[0]?.at ?? "");
  return known === null || rejections === undefined ? [] : rejections.filter((each) => each.at > known);
}

function Rejected({ rejections }: { readonly rejections: readonly Rejection[] }): JSX.Element {
  const { say } = useTexts();
  const told = new Map(rejections.map((each) => [each.message ?? each.code, each])); // all events of a body fail alike
  return (
    <div className={style.rejected} role="alert">
      <p className={style.strong}>{say("first.rejected")}</p>
      <ul>
        {[...told].slice(0, MOST).map(([message, each]) => (
          <li key={message} dir="auto">
            {message} <code>{each.code}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface FirstSigns {
  readonly came: boolean;
  /** What the first visitor wrote; null where the plan shows no conversations. */
  readonly text: string | null;
  readonly rejections: readonly Rejection[];
}

async function look(connection: Connection, bot: string, conversations: boolean, signal: AbortSignal): Promise<FirstSigns> {
  const [me, { rejections }] = await Promise.all([
    ask(connection, "get", "/v1/me", { signal }),
    ask(connection, "get", "/v1/rejections", { signal }),
  ]);
  const came = me.chatbots.some((each) => each.chatbot_id === bot && each.last_event_at !== null);
  return { came, text: came && conversations ? await firstText(connection, bot, signal) : null, rejections };
}

async function firstText(connection: Connection, bot: string, signal: AbortSignal): Promise<string | null> {
  const query = { chatbots: [bot], period: "all", sort: "started_at", limit: 1 };
  const list = await ask(connection, "get", "/v1/conversations", { query: query, signal }).catch(() => null);
  return list?.conversations[0]?.first_question ?? null;
}
