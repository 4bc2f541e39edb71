import { useState, type JSX } from "react";

import type { Chatbot } from "@/api/useChatbots";
import { useFormats } from "@/format/useFormats";
import { Held } from "@/live/Held";
import { Button } from "@/parts/Button";
import { Widget } from "@/parts/Widget";
import { failedState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import style from "./Conversations.module.css";
import { Export } from "./Export";
import { List } from "./List";
import type { AskedList } from "./listed";
import { Parts } from "./Parts";
import { SearchBox } from "./SearchBox";
import type { Conversation, ConversationPages, Neighbour } from "./useList";

interface Props {
  readonly company: string;
  /** Null: the list is of all chatbots. */
  readonly bot: string | null;
  readonly bots: readonly Chatbot[];
  readonly shown: Shown;
  readonly search: string;
  readonly asked: AskedList;
  readonly list: ConversationPages;
  readonly current: Neighbour | null;
  readonly hrefOf: (row: Conversation) => string;
}

/** The list with what it is of, the search through all texts, and the file of it. */
export function ListPane({ company, bot, bots, shown, search, asked, list, current, hrefOf }: Props): JSX.Element {
  const names = Object.fromEntries(bots.map((each) => [each.chatbot_id, each.name ?? each.chatbot_id]));
  const id = JSON.stringify([company, asked]);
  return (
    <>
      <header className={style.head}>
        <div className={style.row}>
          <Parts bot={bot} shown={shown} search={search} before={asked.search_before ?? null} zone={list.zone} total={list.total} inBar />
          <Export asked={asked} />
        </div>
        <SearchBox search={search} onSearch={(text) => { shown.changeOthers({ q: text === "" ? null : text, before: null }, "replace"); }} />
        {list.searchedFrom === null || list.old ? null : <SearchedBack from={list.searchedFrom} zone={list.zone} onSearchOn={(before) => { shown.changeOthers({ before }); }} />}
      </header>
      <Rows key={id} id={id} list={list} current={current} searched={search !== ""} hrefOf={hrefOf} botName={bot === null ? (each) => names[each] ?? each : null} />
    </>
  );
}

interface SearchedBackProps {
  readonly from: string;
  readonly zone: string;
  readonly onSearchOn: (before: string) => void;
}

/** How far back a search looked, and the way to look further. */
function SearchedBack({ from, zone, onSearchOn }: SearchedBackProps): JSX.Element {
  const { say } = useTexts();
  const { instant } = useFormats();
  return (
    <p className={style.searched} role="status">
      {say("conversations.search.back", { when: instant(from, zone) })} <Button look="quiet" onClick={() => { onSearchOn(from); }}>{say("conversations.search.on")}</Button>
    </p>
  );
}

interface ListRowsProps extends Pick<Props, "list" | "current" | "hrefOf"> {
  readonly id: string;
  readonly searched: boolean;
  readonly botName: ((id: string) => string) | null;
}

function Rows({ list, ...rest }: ListRowsProps): JSX.Element {
  const { say } = useTexts();
  const [scrolled, setScrolled] = useState(false);
  if (list.error !== null && list.total === null) return <Widget state={failedState(list.error, list.again)} height="12rem">{() => null}</Widget>;
  if (list.total !== 0) {
    return (
      <Held rows={list.rows} id={(row) => `${row.chatbot_id} ${row.conversation_id}`} of={list.old ? `${rest.id} old` : rest.id} hold={scrolled || rest.current !== null} className={style.held}>
        {(rows, fresh) => (
          <>
            <List list={{ ...list, rows, total: list.total === null ? null : list.total - fresh }} label={say("conversations.title")} onScroll={setScrolled} {...rest} />
            {list.total !== null && rows.length + fresh < list.total ? <p className="paper-only">{say("list.first", { n: rows.length, all: list.total })}</p> : null}
          </>
        )}
      </Held>
    );
  }
  return (
    <div className={style.state} role="status">
      <p>{say("conversations.none")}</p>
      <p>{say("conversations.none.hint")}</p>
    </div>
  );
}
