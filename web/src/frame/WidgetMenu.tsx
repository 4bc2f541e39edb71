import { useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { sentenceOf } from "@/api/error";
import type { Answer, Question } from "@/api/questions";
import { saveFile, type FileFormat } from "@/api/saveFile";
import type { MetricName } from "@/figures";
import { copyLink } from "@/toasts/copying";
import { toast } from "@/toasts/toasts";
import { Dialog, Menu } from "@/popups/Popups";
import { useEmbedded } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { printView } from "@/url/url";
import { useView } from "@/url/useView";
import { Meaning } from "@/parts/Meaning";
import { TableSwitch, type TableOrNot } from "@/parts/TableSwitch";
import { useTold } from "./Told";

interface Props {
  readonly name: string;
  readonly question: Question;
  /** The answer, if there is one: what the meaning is told of. */
  readonly answer: Answer | null;
  readonly metrics: readonly [MetricName, ...MetricName[]];
  /** Whether it is shown as a table now, and how it is turned into one. */
  readonly table?: TableOrNot;
}

/** What can be done with a widget: see it as a table, take it along, link to it, learn what it means. */
export function WidgetMenu({ name, question, answer, metrics, table }: Props): JSX.Element {
  const { say } = useTexts();
  const [meaning, setMeaning] = useState(false);
  const { save, copy, exact, linkable } = useTaking(question, name);
  const groups = [
    { items: [{ id: "csv", text: say("menu.csv"), onPick: save("csv") }, { id: "parquet", text: say("menu.parquet"), onPick: save("parquet") }] },
    {
      items: !linkable ? [] : [
        { id: "link", text: say("menu.link"), onPick: copy(false) },
        { id: "exact", text: say("menu.link_exact"), disabled: !exact, onPick: copy(true) },
      ],
    },
    { items: [{ id: "meaning", text: say("menu.meaning"), onPick: () => { setMeaning(true); } }] },
  ].filter((group) => group.items.length > 0);
  return (
    <>
      {table === undefined ? null : <TableSwitch {...table} />}
      <Menu look="quiet" label={say("menu.of", { name })} trigger={<span aria-hidden="true">⋯</span>} groups={groups} />
      <Dialog open={meaning} onOpenChange={setMeaning} title={name}>
        <Meaning metrics={metrics} answer={answer} />
      </Dialog>
    </>
  );
}

interface Taking {
  readonly save: (format: FileFormat) => () => void;
  readonly copy: (exact: boolean) => () => void;
  /** Whether there are exact days to link to. */
  readonly exact: boolean;
  /** Whether a link to the page is any use: one to a page in a frame of another site is not. */
  readonly linkable: boolean;
}

/** Ways to take a question along: as a file, or as the link to what is shown. What became of it is said. */
export function useTaking(question: Question, name: string): Taking {
  const { say } = useTexts();
  const connection = useConnection();
  const { view, others } = useView();
  const told = useTold();
  const dates = told?.shown ?? null;
  const linkable = !useEmbedded();
  return {
    save: (format) => () => {
      saveFile(connection, question, format, name).catch((error: unknown) => { toast(say("menu.not_saved", { why: sentenceOf(error, say) }), { failed: true }); });
    },
    copy: (exact) => () => {
      const period = exact && dates !== null ? { first: dates.first, last: dates.last } : view.period;
      void copyLink(window.location.origin + window.location.pathname + printView({ ...view, period }, others), say);
    },
    exact: dates !== null,
    linkable,
  };
}
