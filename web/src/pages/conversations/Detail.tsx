import type { JSX } from "react";

import { Arrow } from "@/parts/Arrow";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import { go } from "@/url/useView";
import style from "./Conversations.module.css";
import { CopyLink, Delete } from "./Tools";
import { Transcript } from "./Transcript";
import bars from "./Transcript.module.css";
import type { Neighbour, Position } from "./useList";

interface Props {
  readonly company: string;
  readonly current: Neighbour | null;
  readonly search: string;
  readonly threshold: number | null;
  readonly zone: string;
  readonly position: Position | null;
  readonly total: number | null;
  readonly listLink: string;
  readonly mayDelete: boolean;
  readonly onStep: (by: 1 | -1) => boolean;
}

/** The chosen conversation, with the way to those beside it; or that one is to be chosen. */
export function Detail({ company, current, search, threshold, zone, position, total, listLink, mayDelete, onStep }: Props): JSX.Element {
  const { say } = useTexts();
  if (current === null) {
    return (
      <div className={`${style.state ?? ""} ${style.choose ?? ""}`}>
        <p>{say("conversations.choose")}</p>
        <p>{say("conversations.choose.hint")}</p>
      </div>
    );
  }
  const step = (by: 1 | -1, sign: string, key: string, to: Neighbour | null | undefined, text: string): JSX.Element => (
    <Button look="quiet" disabled={to == null} aria-label={text} title={`${text} (${key})`} onClick={() => { onStep(by); }}>
      {sign}
    </Button>
  );
  return (
    <>
      <div className={bars.bar}>
        <Link className={bars.back} href={listLink}><Arrow back /> {say("transcript.back")}</Link>
        {step(-1, "↑", "K", position?.previous, say("transcript.previous"))}
        {step(1, "↓", "J", position?.next, say("transcript.next"))}
        <span className={bars.position}>{position === null || total === null ? null : say("transcript.position", { n: position.number, total })}</span>
      </div>
      <Transcript
        bot={current.chatbot_id}
        id={current.conversation_id}
        search={search}
        threshold={threshold}
        zone={zone}
        tools={(told) => (
          <>
            <CopyLink company={company} told={told} />
            {mayDelete ? <Delete told={told} onDeleted={() => { go(listLink, "replace"); }} /> : null}
          </>
        )}
      />
    </>
  );
}
