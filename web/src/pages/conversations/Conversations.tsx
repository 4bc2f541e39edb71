import { useMemo, type JSX } from "react";

import { useChatbots } from "@/api/useChatbots";
import { useKeys } from "@/frame/keys/useKeys";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { TwoPanes } from "@/parts/TwoPanes";
import { Widget } from "@/parts/Widget";
import { failedState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import style from "./Conversations.module.css";
import { Export } from "./Export";
import { List } from "./List";
import { askedList } from "./listed";
import { Parts } from "./Parts";
import { stepped } from "./rows";
import { SearchBox } from "./SearchBox";
import { CopyLink, Delete } from "./Tools";
import { Transcript } from "./Transcript";
import bars from "./Transcript.module.css";
import { useList, usePosition, type Neighbour } from "./useList";

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
  const { say } = useTexts();
  const shown = useView();
  const { view, others, changeOthers } = shown;
  const bots = useChatbots();
  const { company } = address;
  const bot = address.page === "conversations" ? address.bot : null;
  const id = address.page === "conversations" ? address.conversation : null;
  const search = others.q ?? "";
  const asked = useMemo(() => askedList({ bot, view, search }), [bot, view, search]);
  const list = useList(asked);
  const position = usePosition(asked, list, bot ?? "", id);
  const names = Object.fromEntries(bots.map((each) => [each.chatbot_id, each.name ?? each.chatbot_id]));

  const linkOf = (to: Neighbour): string => linkTo({ page: "conversations", company, bot: to.chatbot_id, conversation: to.conversation_id }, view, others);
  const listLink = linkTo(bot === null ? { page: "search", company } : { page: "conversations", company, bot, conversation: null }, view, others);
  const step = (by: 1 | -1): boolean => {
    const at = list.rows.findIndex((row) => row.conversation_id === id && row.chatbot_id === bot);
    const index = id === null || at >= 0 ? stepped(at, by, list.rows.length) : null;
    const to = (index === null ? null : list.rows[index]) ?? (by === 1 ? position?.next : position?.previous);
    if (to == null) return false;
    go(linkOf(to), id === null ? "push" : "replace"); // so that Back leads to the list
    return true;
  };
  const back = (): boolean => {
    if (id === null) return false;
    go(listLink, "replace");
    return true;
  };
  useKeys({ j: () => step(1), k: () => step(-1), Escape: back });

  const head = (
    <header className={style.head}>
      <div className={style.row}>
        <Parts shown={shown} search={search} total={list.total} names={names} />
        <Export asked={asked} />
      </div>
      <SearchBox search={search} onSearch={(text) => { changeOthers({ q: text === "" ? null : text }, "replace"); }} />
    </header>
  );
  const rows =
    list.error !== null && list.total === null ? <Widget state={failedState(list.error, list.again)} height="12rem">{() => null}</Widget>
    : list.total === 0 ? <div className={style.state} role="status"><p>{say("conversations.none")}</p><p>{say("conversations.none.hint")}</p></div>
    : (
      <List
        key={JSON.stringify([company, asked])}
        id={JSON.stringify([company, asked])}
        list={list}
        label={say("conversations.title")}
        searched={search !== ""}
        current={id === null || bot === null ? null : { bot, id }}
        hrefOf={linkOf}
        botName={bot === null ? (each) => names[each] ?? each : null}
      />
    );
  const detail =
    id === null || bot === null ? <div className={`${style.state ?? ""} ${style.choose ?? ""}`}><p>{say("conversations.choose")}</p><p>{say("conversations.choose.hint")}</p></div>
    : (
      <>
        <nav className={bars.bar}>
          <Link className={bars.back} href={listLink}>← {say("transcript.back")}</Link>
          <Button look="quiet" disabled={position?.previous == null} aria-label={say("transcript.previous")} title={`${say("transcript.previous")} (K)`} onClick={() => step(-1)}>↑</Button>
          <Button look="quiet" disabled={position?.next == null} aria-label={say("transcript.next")} title={`${say("transcript.next")} (J)`} onClick={() => step(1)}>↓</Button>
          <span className={bars.position}>{position === null || list.total === null ? null : say("transcript.position", { n: position.number, total: list.total })}</span>
        </nav>
        <Transcript
          bot={bot}
          id={id}
          search={search}
          threshold={bots.find((each) => each.chatbot_id === bot)?.confidence_threshold ?? null}
          zone={list.zone}
          tools={(told) => (
            <>
              <CopyLink company={company} told={told} />
              {mayDelete ? <Delete told={told} onDeleted={() => { go(listLink, "replace"); }} /> : null}
            </>
          )}
        />
      </>
    );
  return <TwoPanes list={<>{head}{rows}</>} detail={detail} chosen={id !== null} />;
}
