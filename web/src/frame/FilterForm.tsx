import { useState, type JSX } from "react";

import type { FilterValue } from "@/api/questions";
import { useValues } from "@/api/useValues";
import type { FieldName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { FIELDS } from "@/generated/catalogue";
import { Button } from "@/parts/Button";
import { Combobox } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { spoken } from "@/url/url";
import { readValue } from "@/url/values";
import { OPERATORS, type Filter, type Operator } from "@/url/view";
import style from "./Bar.module.css";
import { valueText } from "./filterText";

/** Fields of cohorts alone: everywhere else the API refuses them. */
const ELSEWHERE: readonly string[] = ["cohort_week", "weeks_later"];

interface Props {
  readonly chatbot: string | null;
  /** Fields that whoever looks may not ask about. */
  readonly without?: readonly FieldName[];
  readonly onPick: (filter: Filter) => void;
}

/** A new filter: field, operator, values. */
export function FilterForm({ chatbot, without = [], onPick }: Props): JSX.Element {
  const { say } = useTexts();
  const [field, setField] = useState<FieldName>("language");
  const [op, setOp] = useState<Operator>("is");
  const [values, setValues] = useState<readonly FilterValue[]>([]);
  const names = (Object.keys(FIELDS) as FieldName[]).filter((name) => !ELSEWHERE.includes(name) && !without.includes(name) && !(name === "chatbot" && chatbot !== null));
  const operators = OPERATORS.filter((each) => (FIELDS[field].operators as readonly string[]).includes(spoken(each)));
  const [first, ...rest] = values;
  const complete = first !== undefined && (op !== "between" || values.length === 2);
  return (
    <form className={style.form} onSubmit={(event) => { event.preventDefault(); if (complete) onPick({ field, op, values: [first, ...rest] }); }}>
      <label className={style.field}>
        {say("bar.filter.field")}
        <select className={style.input} value={field} onChange={(event) => { setField(event.target.value as FieldName); setOp("is"); setValues([]); }}>
          {names
            .map((name) => ({ name, text: say(`field.${name}.label`) }))
            .sort((one, other) => one.text.localeCompare(other.text))
            .map(({ name, text }) => (
              <option key={name} value={name}>{text}</option>
            ))}
        </select>
      </label>
      <label className={style.field}>
        {say("bar.filter.operator")}
        <select className={style.input} value={op} onChange={(event) => { setOp(event.target.value as Operator); setValues([]); }}>
          {operators.map((each) => (
            <option key={each} value={each}>{say(`bar.op.${each}`)}</option>
          ))}
        </select>
      </label>
      <Values key={`${field} ${op}`} field={field} op={op} chatbot={chatbot} values={values} onChange={setValues} />
      <Button type="submit" look="main" disabled={!complete}>
        {say("bar.filter.apply")}
      </Button>
    </form>
  );
}

interface ValuesProps {
  readonly field: FieldName;
  readonly op: Operator;
  readonly chatbot: string | null;
  readonly values: readonly FilterValue[];
  readonly onChange: (values: readonly FilterValue[]) => void;
}

function Values(props: ValuesProps): JSX.Element {
  const { say } = useTexts();
  const { field, op, values, onChange } = props;
  const { type } = FIELDS[field] as { type: string };
  const typed = (at: number) => (text: string): void => {
    const found = readValue(text, field);
    const next = [...values];
    if (found === undefined) next.length = at;
    else next[at] = found;
    onChange(next);
  };
  if (type === "flag") {
    return (
      <div className={style.row}>
        {[true, false].map((value) => (
          <Button key={String(value)} look={values[0] === value ? "main" : "plain"} onClick={() => { onChange([value]); }}>
            {say(value ? "bar.yes" : "bar.no")}
          </Button>
        ))}
      </div>
    );
  }
  if (op === "between") {
    return (
      <div className={style.row}>
        <TypedValue label={say("bar.from")} type={type} onType={typed(0)} />
        <TypedValue label={say("bar.to")} type={type} onType={typed(1)} />
      </div>
    );
  }
  if (op === "contains" || type === "date" || type === "month") return <TypedValue label={say("bar.filter.value")} type={type} onType={typed(0)} />;
  return <KnownValues {...props} />;
}

function TypedValue({ label, type, onType }: { readonly label: string; readonly type: string; readonly onType: (text: string) => void }): JSX.Element {
  const kind = type === "date" || type === "month" ? type : type === "text" ? "text" : "number";
  return (
    <label className={style.field}>
      {label}
      <input className={style.input} type={kind} step="any" dir="auto" onChange={(event) => { onType(event.target.value); }} />
    </label>
  );
}

/** Values that there are, with how many conversations have each; several of them are "or". */
function KnownValues({ field, chatbot, values, onChange }: ValuesProps): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [typed, setTyped] = useState("");
  const found = useValues(field, typed, chatbot);
  const items = (found.data ?? []).map((each, at) => ({
    id: String(at) + JSON.stringify(each.value),
    text: each.label ?? valueText(field, each.value, say, formats),
    hint: formats.count(each.conversations),
    value: each.value,
  }));
  const own = found.data === undefined && !found.isPending ? readValue(typed, field) : undefined;
  const offered = own === undefined || typed === "" ? items : [{ id: "typed", text: typed, value: own }];
  return (
    <div className={style.field}>
      {say("bar.filter.value")}
      <Combobox
        label={say("bar.filter.value")}
        placeholder={say("bar.filter.find")}
        items={offered}
        value={null}
        onType={setTyped}
        empty={say(found.isPending ? "frame.loading" : "bar.filter.none")}
        onPick={(item) => {
          const picked = offered.find((each) => each.id === item.id);
          if (picked && !values.includes(picked.value)) onChange([...values, picked.value]);
        }}
      />
      <span className={style.row}>
        {values.map((value) => (
          <button key={JSON.stringify(value)} type="button" className={style.chosen} onClick={() => { onChange(values.filter((each) => each !== value)); }}>
            {valueText(field, value, say, formats)} ✕
          </button>
        ))}
      </span>
    </div>
  );
}
