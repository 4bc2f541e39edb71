import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type JSX, type RefObject } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { ApiError, sentenceOf } from "@/api/error";
import { formatLanguage } from "@/format/formatName";
import { useFormats } from "@/format/useFormats";
import { useKeys } from "@/frame/keys/useKeys";
import { Button } from "@/parts/Button";
import { Skeleton } from "@/parts/Skeleton";
import { useTexts } from "@/texts/texts";
import { Bubble } from "./Bubble";
import { itemsOf, nextUnanswered, type Transcript as Told } from "./items";
import { Rule } from "./Rule";
import style from "./Transcript.module.css";

interface Props {
  readonly bot: string;
  readonly id: string;
  readonly search: string;
  readonly threshold: number | null;
  readonly zone: string;
  /** What can be done with it: stands at the end of its head. */
  readonly tools: (told: Told) => JSX.Element;
}

/** One conversation, message by message. */
export function Transcript({ bot, id, search, threshold, zone, tools }: Props): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const query = useQuery({
    queryKey: ["conversation", connection.company, bot, id, search],
    queryFn: ({ signal }) =>
      ask(connection, "get", "/v1/conversations/{conversation_id}", { path: { conversation_id: id }, query: { chatbot: bot, ...(search === "" ? {} : { search }) }, signal }),
  });
  if (query.data !== undefined) return <Shown key={`${bot} ${id}`} told={query.data} threshold={threshold} zone={zone} tools={tools(query.data)} />;
  if (query.error === null) return <div className={style.waiting}><Skeleton height="16rem" what={say("transcript.id", { id })} /></div>;
  return (
    <div className={style.waiting} role="alert">
      <p>{query.error instanceof ApiError ? sentenceOf(query.error, say) : say("widget.error")}</p>
      {query.error instanceof ApiError && query.error.status === 404 ? null : <Button onClick={() => void query.refetch()}>{say("widget.retry")}</Button>}
    </div>
  );
}

interface ShownProps extends Pick<Props, "threshold" | "zone"> {
  readonly told: Told;
  readonly tools: JSX.Element;
}

function Shown({ told, threshold, zone, tools }: ShownProps): JSX.Element {
  const { say, language } = useTexts();
  const formats = useFormats();
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => itemsOf(told), [told]);
  const found = new Map((told.found ?? []).map((each) => [each.message_id, each.places]));
  const first = told.found?.[0]?.message_id;

  const { current, next } = useUnanswered(told, scroller);
  useEffect(() => {
    if (first !== undefined) scroller.current?.querySelector("mark")?.scrollIntoView({ block: "center" });
  }, [first]);

  const spoken = formatLanguage(told.language, language);
  const about = [told.started_at === null ? null : formats.instant(told.started_at, zone), spoken, told.channel].filter((each) => each !== null);
  const failed = told.facts.unanswered;
  return (
    <>
      <header className={style.head}>
        <p className={style.about}>
          {about.map((each) => <bdi key={each}>{each}</bdi>)}
          <span className={style.id}><bdi>{told.conversation_id}</bdi></span>
        </p>
        <div className={style.tools}>
          {failed === 0 ? null : <Button onClick={next}>{say("transcript.next_unanswered")} <kbd className={style.key}>N</kbd></Button>}
          {tools}
        </div>
      </header>
      {told.test ? <p className={style.note}>{say("transcript.test")}</p> : told.counted ? null : <p className={style.note}>{say("transcript.not_counted")}</p>}
      <div ref={scroller} className={style.messages} tabIndex={0} role="region" aria-label={say("transcript.id", { id: told.conversation_id })}>
        {items.map((item, at) =>
          item.kind === "message" ? (
            <Bubble
              key={item.message.id}
              message={item.message}
              places={found.get(item.message.id)}
              threshold={threshold}
              zone={zone}
              start={told.started_at}
              current={current === item.message.id}
            />
          ) : (
            <Rule key={`${item.kind} ${String(at)}`} item={item} start={told.started_at} zone={zone} />
          ),
        )}
      </div>
    </>
  );
}

/** The unanswered message that one has come to, and the way to the next one: by N, too. */
function useUnanswered(told: Told, scroller: RefObject<HTMLDivElement | null>): { current: string | null; next: () => boolean } {
  const [current, setCurrent] = useState<string | null>(null);
  const next = (): boolean => {
    const to = nextUnanswered(told, current);
    if (to === null) return false;
    setCurrent(to);
    const place = scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(to)}"]`);
    place?.scrollIntoView({ block: "center" });
    place?.focus({ preventScroll: true });
    return true;
  };
  useKeys({ n: next });
  return { current, next };
}
