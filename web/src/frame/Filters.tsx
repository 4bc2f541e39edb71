import type { JSX } from "react";

import { useWordings } from "@/api/useWordings";
import type { FieldName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { Popover } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { printFilter } from "@/url/url";
import type { Filter } from "@/url/view";
import style from "./Bar.module.css";
import { FilterForm } from "./FilterForm";
import { filterText } from "./filterText";

interface Props {
  readonly filters: readonly Filter[];
  readonly chatbot: string | null;
  /** See `FilterForm`. */
  readonly without?: readonly FieldName[];
  readonly onChange: (filters: readonly Filter[]) => void;
}

/** The filters of the page, each to be taken away, and a way to add one. */
export function Filters({ filters, chatbot, without = [], onChange }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const wordings = useWordings(filters, chatbot);
  return (
    <>
      {filters.map((filter, at) => {
        const text = filterText(filter, say, formats, wordings);
        return (
          <span key={printFilter(filter)} className={style.pill} title={text}>
            <span className={style.pillText} dir="auto">
              {text}
            </span>
            <button type="button" className={style.remove} aria-label={say("bar.filter.remove", { filter: text })} onClick={() => { onChange(filters.filter((_, other) => other !== at)); }}>
              ✕
            </button>
          </span>
        );
      })}
      <span data-key-target="filter">
        <Popover trigger={say("bar.filter.add")} look="quiet" title={say("bar.filter.title")}>
          {(close) => (
            <FilterForm
              chatbot={chatbot}
              without={without}
              onPick={(filter) => {
                close();
                onChange([...filters, filter]);
              }}
            />
          )}
        </Popover>
      </span>
      {filters.length > 1 ? (
        <Button look="quiet" onClick={() => { onChange([]); }}>
          {say("bar.filter.clear")}
        </Button>
      ) : null}
    </>
  );
}
