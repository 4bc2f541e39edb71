import { useEffect, useMemo, useRef, type JSX } from "react";

import { useChatbots } from "@/api/useChatbots";
import { useKeys } from "@/frame/keys/useKeys";
import { TwoPanes } from "@/parts/TwoPanes";
import type { Address } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import { Detail } from "./Detail";
import { ListPane } from "./ListPane";
import { askedList, type AskedList } from "./listed";
import { stepped } from "@/parts/rows";
import { useList, usePosition, type ConversationPages, type Neighbour } from "./useList";

interface Props {
  readonly address: Extract<Address, { page: "conversations" | "search" }>;
  /** Whether who looks may delete conversations: the API refuses it anyway, but nobody is offered what is refused. */
  readonly mayDelete: boolean;
}

/**
 * The conversations behind a figure, beside the transcript of one of them. The view's metric (`m`) is the figure,
 * `q` what is looked for.
 */
export function Conversations({ address, mayDelete }: Props): JSX.Element {
  const shown = useView();
  const { view, others } = shown;
  const bots = useChatbots();
  const { company } = address;
  const [bot, id] = address.page === "conversations" ? [address.bot, address.conversation] : [null, null];
  const search = others.q ?? "";
  const before = others.before;
  const asked = useMemo(() => askedList({ bot, view, search, before }), [bot, view, search, before]);
  const list = useList(asked);
  const position = usePosition(asked, list, bot ?? "", id);
  const current = bot === null || id === null ? null : { chatbot_id: bot, conversation_id: id };

  const linkOf = (to: Neighbour): string => linkTo({ page: "conversations", company, bot: to.chatbot_id, conversation: to.conversation_id }, view, others);
  const listLink = linkTo(bot === null ? { page: "search", company } : { page: "conversations", company, bot, conversation: null }, view, others);
  const back = (): boolean => {
    if (current !== null) go(listLink, "replace");
    return current !== null;
  };
  const step = (by: 1 | -1): boolean => {
    const to = besides(list, current, by) ?? (by === 1 ? position?.next : position?.previous);
    if (to == null) return false;
    go(linkOf(to), current === null ? "push" : "replace"); // so that Back leads to the list
    return true;
  };
  useClosing(id, asked, list, back);
  useKeys({ j: () => step(1), k: () => step(-1), Escape: back });

  const pane = <ListPane company={company} bot={bot} bots={bots} shown={shown} search={search} asked={asked} list={list} current={current} hrefOf={linkOf} />;
  const detail = (
    <Detail
      company={company}
      current={current}
      search={search}
      threshold={bots.find((each) => each.chatbot_id === bot)?.confidence_threshold ?? null}
      zone={list.zone}
      position={position}
      total={list.total}
      listLink={listLink}
      mayDelete={mayDelete}
      onStep={step}
    />
  );
  return <TwoPanes list={pane} detail={detail} chosen={current !== null} />;
}

/** Close the transcript when the list becomes another one, and has nothing: an address that opens one is of any list. */
function useClosing(id: string | null, asked: AskedList, list: ConversationPages, close: () => void): void {
  const opened = useRef({ id, asked });
  const empty = list.total === 0 && !list.old;
  useEffect(() => {
    if (opened.current.id !== id) opened.current = { id, asked };
    else if (id !== null && empty && opened.current.asked !== asked) close();
  });
}

/** The conversation a step away, as far as the list is here; null: it is not. */
function besides(list: ConversationPages, current: Neighbour | null, by: 1 | -1): Neighbour | null {
  const at = list.rows.findIndex((row) => row.conversation_id === current?.conversation_id && row.chatbot_id === current.chatbot_id);
  if (current !== null && at < 0) return null;
  const index = stepped(at, by, list.rows.length);
  return index === null ? null : (list.rows[index] ?? null);
}
