import { useState, type JSX } from "react";

import { useValues, type KnownValue } from "@/api/useValues";
import type { FieldName, FilterValue } from "@/figures";
import { plainText } from "@/format/plainText";
import { useFormats } from "@/format/useFormats";
import { FIELDS } from "@/generated/catalogue";
import { Combobox } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { readValue } from "@/url/values";
import style from "./Bar.module.css";
import { valueText } from "./filterText";
import { useValueNames } from "./useValueNames";

interface Props {
  readonly field: FieldName;
  readonly chatbot: string | null;
  readonly values: readonly FilterValue[];
  readonly onChange: (values: readonly FilterValue[]) => void;
}

interface Offered {
  readonly id: string;
  readonly text: string;
  readonly hint?: string;
  readonly value: FilterValue;
}

/** Values that there are, with how many conversations have each; several of them are "or". */
export function KnownValues({ field, chatbot, values, onChange }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const names = useValueNames([], chatbot);
  const [typed, setTyped] = useState("");
  const { found, pending } = useFound(field, typed, chatbot, (each) => each.label ?? valueText(field, each.value, say, formats, names));
  const items = found.map(({ value, name, conversations }): Offered => ({ id: JSON.stringify(value), text: name, hint: formats.count(conversations), value }));
  const own = pending ? undefined : ownValue(typed, field, items);
  const offered = own === undefined ? items : [...items, { id: "typed", text: typed, value: own }];
  return (
    <div className={style.field}>
      {say("bar.filter.value")}
      <Combobox
        label={say("bar.filter.value")}
        placeholder={say("bar.filter.find")}
        items={offered}
        value={null}
        onType={setTyped}
        empty={say(pending ? "frame.loading" : "bar.filter.none")}
        onPick={(item) => {
          const picked = offered.find((each) => each.id === item.id);
          if (picked && !values.includes(picked.value)) onChange([...values, picked.value]);
        }}
      />
      <span className={style.row}>
        {values.map((value) => (
          <button key={JSON.stringify(value)} type="button" className={style.chosen} onClick={() => { onChange(values.filter((each) => each !== value)); }}>
            {valueText(field, value, say, formats, names)} ✕
          </button>
        ))}
      </span>
    </div>
  );
}

/**
 * The values that have what was typed in their names or in themselves. Names that the page makes ("German", "No channel")
 * the server does not know: among the most frequent values it is the page that looks, among all texts the server does.
 */
function useFound(field: FieldName, typed: string, chatbot: string | null, nameOf: (value: KnownValue) => string): { found: readonly (KnownValue & { name: string })[]; pending: boolean } {
  const wanted = plainText(typed);
  const asks = FIELDS[field].type === "text" && typed.trim() !== "";
  const frequent = useValues(field, "", chatbot);
  const sought = useValues(field, asks ? typed.trim() : "", chatbot);
  const named = (each: KnownValue): KnownValue & { name: string } => ({ ...each, name: nameOf(each) });
  const has = ({ name, value }: { name: string; value: FilterValue }): boolean => plainText(name).includes(wanted) || plainText(String(value ?? "")).includes(wanted);
  const here = (frequent.data ?? []).map(named).filter(has);
  const there = asks ? (sought.data ?? []).map(named).filter((each) => !sought.isPlaceholderData || has(each)) : []; // else of what was typed before
  return { found: [...here, ...there.filter(({ value }) => !here.some((each) => each.value === value))], pending: frequent.isPending || sought.isPending };
}

/** What was typed as a value of its own, where the field is of numbers: any may be asked for. */
function ownValue(typed: string, field: FieldName, offered: readonly Offered[]): FilterValue | undefined {
  if (typed.trim() === "" || FIELDS[field].type === "text") return undefined;
  const value = readValue(typed, field);
  return offered.some((each) => each.value === value) ? undefined : value;
}
