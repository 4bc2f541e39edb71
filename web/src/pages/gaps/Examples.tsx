import { useQueries } from "@tanstack/react-query";
import type { JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask } from "@/api/client";
import { useChatbots } from "@/api/useChatbots";
import { Bubble } from "@/pages/conversations/Bubble";
import type { Message, Transcript } from "@/pages/conversations/items";
import { askedList } from "@/pages/conversations/listed";
import { useList } from "@/pages/conversations/useList";
import { Arrow } from "@/parts/Arrow";
import { Link } from "@/parts/Link";
import { Skeleton } from "@/parts/Skeleton";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import { isAsked } from "./failing";
import style from "./Gaps.module.css";

interface Props {
  readonly company: string;
  readonly bot: string;
  readonly view: View;
  readonly asked: string | null;
}

const SHOWN = 3;

/** The latest times that a question was asked, with what the bot said to it. */
export function Examples({ company, bot, view, asked }: Props): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const threshold = useChatbots().find((each) => each.chatbot_id === bot)?.confidence_threshold ?? null;
  const list = useList(askedList({ bot, view, search: "" }));
  const latest = list.old ? [] : list.rows.slice(0, SHOWN);
  const told = useQueries({
    queries: latest.map((row) => ({
      queryKey: ["conversation", connection.company, bot, row.conversation_id, ""],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask(connection, "get", "/v1/conversations/{conversation_id}", { path: { conversation_id: row.conversation_id }, query: { chatbot: bot }, signal }),
    })),
  });
  if (list.total === null || list.old) return <Skeleton height="12rem" what={say("gaps.examples")} />;
  return (
    <ul className={style.examples}>
      {told.map(({ data }, at) => (
        <li key={latest[at]?.conversation_id} className={style.example}>
          {data === undefined ? <Skeleton height="6rem" what={say("gaps.examples")} /> : (
            <>
              {passageOf(data, asked).map((message) => (
                <Bubble key={message.id} message={message} places={undefined} threshold={threshold} zone={list.zone} start={null} current={false} />
              ))}
              <Link className={style.link} href={linkTo({ page: "conversations", company, bot, conversation: data.conversation_id }, view)}>{say("gaps.open")} <Arrow /></Link>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The question and the answer that failed; if the question is not found again, the first answer that failed. */
export function passageOf({ messages }: Transcript, asked: string | null): Message[] {
  const failed = messages.flatMap((message, at) => (message.unanswered ? [at] : []));
  const before = (at: number): number => messages.slice(0, at).findLastIndex((message) => message.role === "user");
  const at = failed.find((each) => isAsked(messages[before(each)]?.content ?? "", asked)) ?? failed[0];
  if (at === undefined) return messages.slice(0, 2);
  return [messages[before(at)], messages[at]].filter((message) => message !== undefined);
}
