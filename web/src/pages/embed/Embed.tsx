import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type JSX } from "react";

import { Api, serverState, useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { ApiError } from "@/api/error";
import { Notices } from "@/frame/Notices";
import { Telling } from "@/frame/Told";
import { Live } from "@/live/Live";
import { LiveStatus } from "@/live/LiveStatus";
import { PlainPage } from "@/session/CannotShow";
import { credentialsIn, takeFragment } from "@/session/credentials";
import { SeenBy } from "@/session/Session";
import { Waiting } from "@/session/Waiting";
import { LANGUAGES, speak, useTexts } from "@/texts/texts";
import { THEMES } from "@/theme";
import { ROOT, useView } from "@/url/useView";
import { Bounded } from "./Bounded";
import { EmbedBody } from "./EmbedBody";
import { useHeightOf } from "./host";
import { useLookOfPage } from "./Look";
import { Over } from "./Over";
import { boundsOf, fieldsLeftOut, sessionOf, type EmbedPage } from "./page";
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
// Whatever is refused first: what is asked of the link itself then says why, and takes away what was seen.
state.getQueryCache().subscribe((event) => {
  if (event.type !== "updated" || event.action.type !== "error" || (event.query.queryKey as readonly unknown[])[0] === "embed") return;
  if (event.action.error instanceof ApiError && event.action.error.status === 401) void state.invalidateQueries({ queryKey: ["embed"] });
});
const MINUTE_MS = 60_000;

/** The page of a chatbot for a frame in another site: what the embed link lets be seen, and nothing around it. */
export function Embed({ link }: { readonly link: string }): JSX.Element {
  const { say } = useTexts();
  const [token] = useState(taken);
  const connection = useMemo(() => ({ root: ROOT, company: null, bearer: token }), [token]);
  if (token === null) return <PlainPage title={say("embed.no_token")} text={say("embed.no_token.text")} />;
  return (
    <Api connection={connection} state={state}>
      <Page link={link} />
    </Api>
  );
}

function Page({ link }: { readonly link: string }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const asked = useQuery({
    queryKey: ["embed", link],
    queryFn: ({ signal }) => ask(connection, "get", "/v1/embed", { signal }),
    refetchInterval: ({ state: { error } }) => (isOver(error) ? false : MINUTE_MS),
    refetchOnWindowFocus: ({ state: { error } }) => !isOver(error),
  });
  const page = asked.data;
  const language = LANGUAGES.find((each) => each === page?.language);
  useEffect(() => {
    if (language !== undefined) void speak(language);
  }, [language]);
  useLookOfPage(THEMES.find((each) => each === page?.theme) ?? "system", page?.accent ?? null);
  if (page === undefined || isOver(asked.error)) {
    return asked.error === null ? <Waiting what={say("frame.loading")} /> : <Over error={asked.error} origins={page?.origins ?? null} />;
  }
  return (
    <SeenBy session={sessionOf(page)}>
      <Live>
        <Telling>
          <Shown page={page} />
        </Telling>
      </Live>
    </SeenBy>
  );
}

/** Whether there is nothing to be seen any more: what was seen is taken away. No connection is another matter. */
function isOver(error: unknown): boolean {
  return error instanceof ApiError && [401, 402, 403].includes(error.status);
}

function Shown({ page }: { readonly page: EmbedPage }): JSX.Element {
  const { notices } = useView();
  const box = useRef<HTMLDivElement>(null);
  useHeightOf(box, page.origins);
  const bounds = boundsOf(page);
  return (
    <div ref={box} className={style.page}>
      <header className={style.bar}>
        <h1 className={style.title} dir="auto">{page.chatbot_name ?? page.chatbot_id}</h1>
        <span className={style.status}><LiveStatus zone={page.timezone} /></span>
        <Bounded bot={page.chatbot_id} bounds={bounds} locked={page.filters} without={fieldsLeftOut(page)} />
      </header>
      <Notices notices={notices} />
      <main>
        <EmbedBody
          address={{ page: "embed", link: page.link_id }}
          company=""
          bot={page.chatbot_id}
          zone={page.timezone}
          parts={PARTS.filter((part) => page.parts.includes(part))}
          bounds={bounds}
        />
      </main>
    </div>
  );
}
