import type { JSX } from "react";

import { Held } from "@/live/Held";
import { Button } from "@/parts/Button";
import { Skeleton } from "@/parts/Skeleton";
import { Widget } from "@/parts/Widget";
import { failedState } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import { Choosing } from "./Choosing";
import { ExportMenu } from "./ExportMenu";
import { ALL, AWAITING, type AskedGaps, type GapPages } from "./gaps";
import style from "./Gaps.module.css";
import { Row } from "./Row";
import { Standing } from "./Standing";

interface Props {
  readonly bot: string;
  readonly shown: Shown;
  readonly asked: AskedGaps;
  readonly list: GapPages;
  /** The id of the gap that is shown beside. */
  readonly current: string | null;
  readonly hrefOf: (id: string) => string;
}

/** The gaps, in order, with what is to be known of all of them and what may be chosen of them. */
export function ListPane({ bot, shown, asked, list, current, hrefOf }: Props): JSX.Element {
  const { say } = useTexts();
  const isNext = asked.order === undefined && asked.state === AWAITING;
  return (
    <div className={style.scroller}>
      <header className={style.head}>
        <div className={style.headline}>
          <h2 className={style.heading}>{say(isNext ? "gaps.heading" : "gaps.title")}</h2>
          <ExportMenu asked={asked} />
        </div>
        <p className={style.of}>{say("gaps.intro")} {asked.order === undefined ? say("gaps.intro.impact") : null}</p>
        <Choosing shown={shown} />
        {list.meta === null ? null : <Standing meta={list.meta} />}
      </header>
      <Rows bot={bot} shown={shown} asked={asked} list={list} current={current} hrefOf={hrefOf} />
    </div>
  );
}

function Rows({ shown, asked, list, current, hrefOf }: Props): JSX.Element {
  const { say } = useTexts();
  const { gaps, meta, error } = list;
  if (error !== null && meta === null) return <Widget state={failedState(error, list.again)} height="12rem">{() => null}</Widget>;
  if (meta === null) return <Skeleton height="20rem" what={say("gaps.title")} />;
  if (gaps.length === 0) return <Nothing shown={shown} list={list} />;
  return (
    <div aria-busy={list.old}>
      <Held rows={gaps} id={(gap) => gap.id} of={JSON.stringify([list.old, asked])}>
        {(held) => (
          <ol aria-label={say("gaps.title")}>
            {held.map((gap) => <Row key={gap.id} gap={gap} zone={meta.timezone} current={gap.id === current} href={hrefOf(gap.id)} />)}
          </ol>
        )}
      </Held>
      {list.hasMore ? <Button className={style.more} disabled={list.fetching} onClick={list.more}>{say("gaps.more")}</Button> : null}
    </div>
  );
}

/** Why there is no gap, and what happens next. */
function Nothing({ shown, list: { meta } }: Pick<Props, "shown" | "list">): JSX.Element {
  const { say } = useTexts();
  const { state, signal, language, q } = shown.others;
  const chosen = [state === ALL ? "" : state, signal, language, q].some((each) => each !== undefined && each !== "");
  const kind = chosen ? "chosen" : meta?.linked_at === null ? "unlinked" : state === ALL ? "answered" : "awaiting";
  return (
    <div className={style.none} role="status">
      <p>{say(`gaps.none.${kind}`)}</p>
      <p>{say(`gaps.none.${kind}.hint`)}</p>
    </div>
  );
}
