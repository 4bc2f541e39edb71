import { useEffect, useRef, type JSX } from "react";

import { List } from "@/pages/conversations/List";
import { askedList } from "@/pages/conversations/listed";
import { Parts } from "@/pages/conversations/Parts";
import { Transcript } from "@/pages/conversations/Transcript";
import { useList } from "@/pages/conversations/useList";
import { Arrow } from "@/parts/Arrow";
import { Card } from "@/parts/Card";
import { Link } from "@/parts/Link";
import { Widget } from "@/parts/Widget";
import { failedState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { parseView, printView } from "@/url/url";
import { go, linkTo, useView, type Shown } from "@/url/useView";
import type { Filter, View } from "@/url/view";
import style from "./embed.module.css";

interface Props {
  readonly address: Address;
  readonly bot: string;
  readonly zone: string;
  /** What the page shows: its conversations are listed, unless a figure was opened. */
  readonly view: View;
  readonly locked: readonly Filter[];
}

/** The conversations of the page, or those behind a figure of it (`list`); one of them to be read (`read`). */
export function ListedConversations({ address, bot, zone, view, locked }: Props): JSX.Element {
  const { say } = useTexts();
  const shown = useView();
  const { others, view: own } = shown;
  const place = useRef<HTMLDivElement>(null);
  const opened = others.list;
  const listed = opened === undefined ? { ...view, metric: null } : parseView(opened).view;
  const to = (more: Readonly<Record<string, string>>): string => linkTo(address, own, more);
  const kept = opened === undefined ? {} : { list: opened };
  useEffect(() => {
    if (opened !== undefined) place.current?.scrollIntoView({ block: "start" });
  }, [opened]);
  const ofList: Shown = { ...shown, view: listed, change: (part) => { go(to({ list: printView({ ...listed, ...part }) })); } };
  return (
    <div ref={place}>
      <Card title={say("embed.part.conversations")} tools={opened === undefined ? undefined : <Link className={style.link} href={to({})}>{say("embed.list.all")}</Link>}>
        {others.read === undefined ? (
          <Rows bot={bot} shown={ofList} locked={locked} hrefOf={(id) => to({ ...kept, read: id })} />
        ) : (
          <div className={style.reading}>
            <Link className={style.link} href={to(kept)}><Arrow back /> {say("transcript.back")}</Link>
            <Transcript bot={bot} id={others.read} search="" threshold={null} zone={zone} tools={() => <></>} />
          </div>
        )}
      </Card>
    </div>
  );
}

/** Nothing here moves by itself, so where the list is scrolled to does not matter. */
function noted(): void {
  return undefined;
}

interface ListedRowsProps extends Pick<Props, "bot" | "locked"> {
  readonly shown: Shown;
  readonly hrefOf: (conversation: string) => string;
}

function Rows({ bot, shown, locked, hrefOf }: ListedRowsProps): JSX.Element {
  const { say } = useTexts();
  const asked = askedList({ bot, view: { ...shown.view, filters: [...locked, ...shown.view.filters] }, search: "" });
  const list = useList(asked);
  if (list.error !== null && list.total === null) return <Widget state={failedState(list.error, list.again)} height="12rem">{() => null}</Widget>;
  return (
    <div className={style.reading}>
      <Parts bot={bot} shown={shown} search="" total={list.total} before={null} zone={list.zone} />
      <Widget state={list.total === 0 ? { kind: "empty" } : { kind: "data", data: list }} height="24rem" what={say("embed.part.conversations")}>
        {(found) => <List id={JSON.stringify(asked)} list={found} label={say("embed.part.conversations")} searched={false} current={null} hrefOf={(row) => hrefOf(row.conversation_id)} botName={null} onScroll={noted} />}
      </Widget>
    </div>
  );
}
