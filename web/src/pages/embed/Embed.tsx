import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type JSX } from "react";

import { Api, serverState, useConnection } from "@/api/Api";
import { ask, type AnswerOf } from "@/api/client";
import { ApiError, sentenceOf } from "@/api/error";
import { PeriodMenu } from "@/frame/PeriodMenu";
import { Live } from "@/live/Live";
import { LiveStatus } from "@/live/LiveStatus";
import { Told } from "@/session/CannotShow";
import { credentialsIn, takeFragment } from "@/session/credentials";
import { Waiting } from "@/session/Waiting";
import { LANGUAGES, speak, useTexts } from "@/texts/texts";
import { ROOT, useView } from "@/url/useView";
import { EmbedBody } from "./EmbedBody";
import { Look } from "./Look";
import { PARTS } from "./parts";
import style from "./embed.module.css";

// In the memory of this page alone: no cookie and no storage, which frames of other sites often do not have.
let held: string | null = null;
function taken(): string | null {
  const found = credentialsIn(takeFragment());
  if (found !== null && "token" in found) held = found.token;
  return held;
}

const state = serverState();

/** The page of a chatbot for a frame in another site: what the embed link lets be seen, and nothing around it. */
export function Embed({ link }: { readonly link: string }): JSX.Element {
  const { say } = useTexts();
  const [token] = useState(taken);
  const connection = useMemo(() => ({ root: ROOT, company: null, bearer: token }), [token]);
  if (token === null) return <Told title={say("embed.no_token")} text={say("embed.no_token.text")} />;
  return (
    <Api connection={connection} state={state}>
      <Page link={link} />
    </Api>
  );
}

type EmbedPage = AnswerOf<"/v1/embed", "get">;

function Page({ link }: { readonly link: string }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const asked = useQuery({ queryKey: ["embed", link], queryFn: ({ signal }) => ask(connection, "get", "/v1/embed", { signal }), refetchInterval: 60_000 });
  const over = asked.error instanceof ApiError && asked.error.status === 401;
  const language = LANGUAGES.find((each) => each === asked.data?.language);
  useEffect(() => {
    if (language !== undefined) void speak(language);
  }, [language]);
  useEffect(() => {
    if (over) tellHost(asked.data?.origins ?? [], { type: "botlens:ended", code: asked.error instanceof ApiError ? asked.error.code : "" });
  }, [over, asked.data, asked.error]);
  if (over) return <Told title={say("embed.over")} text={say("embed.over.text")} />;
  if (asked.data !== undefined) {
    return (
      <Live>
        <Shown page={asked.data} />
      </Live>
    );
  }
  return asked.error === null ? <Waiting what={say("frame.loading")} /> : <Told title={say("session.failed")} text={sentenceOf(asked.error, say)} />;
}

function Shown({ page }: { readonly page: EmbedPage }): JSX.Element {
  const { view, change } = useView();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = box.current;
    if (seen === null) return undefined;
    const watcher = new ResizeObserver(() => {
      tellHost(page.origins, { type: "botlens:height", height: Math.ceil(seen.getBoundingClientRect().height) });
    });
    watcher.observe(seen);
    return () => { watcher.disconnect(); };
  }, [page.origins]);
  return (
    <Look theme={page.theme} accent={page.accent}>
      <div ref={box} className={style.page}>
        <header className={style.bar}>
          <h1 className={style.title} dir="auto">{page.chatbot_name ?? page.chatbot_id}</h1>
          <PeriodMenu period={view.period} shown={null} onPick={(period) => { change({ period }); }} />
          <span className={style.status}><LiveStatus zone={page.timezone} /></span>
        </header>
        <main>
          <EmbedBody bot={page.chatbot_id} parts={PARTS.filter((part) => page.parts.includes(part))} />
        </main>
      </div>
    </Look>
  );
}

/** To the page around this one, if it is of an origin that the link names; nobody else hears it. */
function tellHost(origins: readonly string[], said: object): void {
  if (window.parent === window) return;
  for (const origin of origins) window.parent.postMessage(said, origin);
}
