import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { shortFilterText } from "@/frame/filterText";
import { periodText } from "@/frame/PeriodMenu";
import { useValueNames } from "@/frame/useValueNames";
import { useTexts } from "@/texts/texts";
import type { Shown } from "@/url/useView";
import style from "./Parts.module.css";

interface Props {
  /** Null: of all chatbots. */
  readonly bot: string | null;
  readonly shown: Shown;
  readonly search: string;
  /** Before which moment is searched alone; null: up to the end of the period. */
  readonly before: string | null;
  readonly zone: string;
  readonly total: number | null;
  /** Period and filters stand in the bar above, and are taken away there. */
  readonly inBar?: boolean;
}

interface ListPart {
  readonly id: string;
  readonly text: string;
  readonly remove: (() => void) | null;
}

/** What the list is of: how many, and each part of the question, which can be taken away. */
export function Parts({ bot, shown, search, before, zone, total, inBar = false }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change, changeOthers } = shown;
  const { metric, filters, period } = view;
  const names = useValueNames(filters, bot);
  const isAll = "name" in period && period.name === "all";
  const ofBar: ListPart[] = [
    ...filters.map((filter, at) => ({
      id: `filter ${String(at)}`,
      text: shortFilterText(filter, say, formats, names),
      remove: () => { change({ filters: filters.filter((_, other) => other !== at) }); },
    })),
    { id: "period", text: periodText(period, say, formats), remove: isAll ? null : () => { change({ period: { name: "all" } }); } },
  ];
  const parts: ListPart[] = [
    ...(metric === null ? [] : [{ id: "metric", text: say(`metric.${metric}.label`), remove: () => { change({ metric: null }); } }]),
    ...(search === "" ? [] : [{ id: "search", text: say("conversations.search.part", { text: search }), remove: () => { changeOthers({ q: null, before: null }); } }]),
    ...(before === null ? [] : [{ id: "before", text: say("conversations.search.before", { when: formats.instant(before, zone) }), remove: () => { changeOthers({ before: null }); } }]),
    ...(inBar ? [] : ofBar),
  ];
  return (
    <div className={style.parts}>
      <h2 className={style.count} aria-live="polite">
        {total === null ? say("conversations.title") : say("conversations.count", { n: total })}
      </h2>
      <ul className={style.list} hidden={parts.length === 0} aria-label={say("conversations.parts")}>
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
