import type { JSX } from "react";

import { useWordings } from "@/api/useWordings";
import { useFormats } from "@/format/useFormats";
import { periodText } from "@/frame/PeriodMenu";
import { useTexts } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import { partText } from "./partText";
import style from "./Parts.module.css";

interface Props {
  /** Null: of all chatbots. */
  readonly bot: string | null;
  readonly shown: Shown;
  readonly search: string;
  readonly total: number | null;
  /** Names of chatbots by their ids. */
  readonly names: Readonly<Record<string, string>>;
}

interface Part {
  readonly id: string;
  readonly text: string;
  readonly remove: (() => void) | null;
}

/** What the list is of: how many, and each part of the question, which can be taken away. */
export function Parts({ bot, shown, search, total, names }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change, changeOthers } = shown;
  const { metric, filters, period } = view;
  const wordings = useWordings(filters, bot);
  const isAll = "name" in period && period.name === "all";
  const parts: Part[] = [
    ...(metric === null ? [] : [{ id: "metric", text: say(`metric.${metric}.label`), remove: () => { change({ metric: null }); } }]),
    ...filters.map((filter, at) => ({
      id: `filter ${String(at)}`,
      text: partText(filter, say, formats, filter.field === "chatbot" ? names : wordings),
      remove: () => { change({ filters: filters.filter((_, other) => other !== at) }); },
    })),
    ...(search === "" ? [] : [{ id: "search", text: say("conversations.search.part", { text: search }), remove: () => { changeOthers({ q: null }); } }]),
    { id: "period", text: periodText(period, say, formats), remove: isAll ? null : () => { change({ period: { name: "all" } }); } },
  ];
  return (
    <div className={style.parts}>
      <h2 className={style.count} aria-live="polite">
        {total === null ? say("conversations.title") : say("conversations.count", { n: total })}
      </h2>
      <ul className={style.list} aria-label={say("conversations.parts")}>
        {parts.map((part) => (
          <li key={part.id} className={style.part}>
            <span className={`visitor ${style.text ?? ""}`} dir="auto" title={part.text}>
              {part.text}
            </span>
            {part.remove === null ? null : (
              <button type="button" className={style.remove} aria-label={say("conversations.remove", { part: part.text })} onClick={part.remove}>
                <span aria-hidden="true">✕</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
