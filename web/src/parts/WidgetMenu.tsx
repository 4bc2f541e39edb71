import { useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { sentenceOf } from "@/api/error";
import type { Answer, Question } from "@/api/questions";
import { saveFile, type FileFormat } from "@/api/saveFile";
import type { MetricName } from "@/figures";
import { useTold } from "@/frame/Told";
import { Dialog, Menu } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { printView } from "@/url/url";
import { useView } from "@/url/useView";
import { Meaning } from "./Meaning";

interface Props {
  readonly name: string;
  readonly question: Question;
  /** The answer, if there is one: what the meaning is told of. */
  readonly answer: Answer | null;
  readonly metrics: readonly [MetricName, ...MetricName[]];
  readonly table?: { readonly shown: boolean; readonly toggle: () => void };
}

/** What can be done with a widget: see it as a table, take it along, link to it, learn what it means. */
export function WidgetMenu({ name, question, answer, metrics, table }: Props): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const { view, others } = useView();
  const told = useTold();
  const [meaning, setMeaning] = useState(false);
  const [said, setSaid] = useState("");
  const save = (format: FileFormat) => (): void => {
    saveFile(connection, question, format, name).catch((error: unknown) => { setSaid(sentenceOf(error, say)); });
  };
  const copy = (exact: boolean) => (): void => {
    const period = exact && told?.shown ? { first: told.shown.first, last: told.shown.last } : view.period;
    const link = window.location.origin + window.location.pathname + printView({ ...view, period }, others);
    navigator.clipboard.writeText(link).then(() => { setSaid(say("menu.copied")); }, () => { setSaid(link); });
  };
  const groups = [
    { items: table ? [{ id: "table", text: say(table.shown ? "widget.chart" : "widget.table"), onPick: table.toggle }] : [] },
    { items: [{ id: "csv", text: say("menu.csv"), onPick: save("csv") }, { id: "parquet", text: say("menu.parquet"), onPick: save("parquet") }] },
    {
      items: [
        { id: "link", text: say("menu.link"), onPick: copy(false) },
        { id: "exact", text: say("menu.link_exact"), disabled: !told?.shown, onPick: copy(true) },
      ],
    },
    { items: [{ id: "meaning", text: say("menu.meaning"), onPick: () => { setMeaning(true); } }] },
  ].filter((group) => group.items.length > 0);
  return (
    <>
      <span role="status" className="spoken">{said}</span>
      <Menu look="quiet" label={say("menu.of", { name })} trigger={<span aria-hidden="true">⋯</span>} groups={groups} />
      <Dialog open={meaning} onOpenChange={setMeaning} title={name}>
        <Meaning metrics={metrics} answer={answer} />
      </Dialog>
    </>
  );
}
