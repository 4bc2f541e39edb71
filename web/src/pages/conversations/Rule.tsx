import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import { VoteLine } from "./Bubble";
import type { Item } from "./items";
import { Said } from "./Said";
import style from "./Transcript.module.css";
import { When } from "./When";

interface Props {
  readonly item: Exclude<Item, { kind: "message" }>;
  readonly start: string | null;
  readonly zone: string;
}

/** What came of a conversation, as a line across it: a handoff, an outcome, a rating. */
export function Rule({ item, start, zone }: Props): JSX.Element {
  return (
    <div className={style.rule} data-kind={item.kind}>
      <div className={style.what}>
        <What item={item} />
        <When at={item.at} start={start} zone={zone} />
      </div>
    </div>
  );
}

function What({ item }: Pick<Props, "item">): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  switch (item.kind) {
    case "handoff":
      return (
        <span>
          <strong>{say("transcript.handoff")}</strong>
          {item.reason === null || item.reason === "" ? null : <>: <Said text={item.reason} /></>}
        </span>
      );
    case "outcome":
      return (
        <span>
          <strong>{say("transcript.outcome")}</strong>: <Said text={item.name} />
          {item.value === null ? null : <span> · {formats.value(item.value)}</span>}
        </span>
      );
    case "rating":
      return <strong><span aria-hidden="true">★ </span>{say("transcript.rating", { n: item.score })}</strong>;
    case "lost":
      return <div>{say("transcript.vote.lost")} <VoteLine vote={item.vote} /></div>;
  }
}
