import type { JSX } from "react";

import { useConnection } from "@/api/Api";
import { askFile } from "@/api/client";
import { sentenceOf } from "@/api/error";
import { offerFile } from "@/api/saveFile";
import { Menu } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { toast } from "@/toasts/toasts";
import style from "./Choosing.module.css";
import type { AskedGaps } from "./gaps";

const FILES = [["csv", "gaps.export.csv", "csv"], ["markdown", "gaps.export.markdown", "md"]] as const;

/** The listed gaps as a table, or as questions and answers to be filled in. */
export function ExportMenu({ asked }: { readonly asked: AskedGaps }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const make = async (format: "csv" | "markdown", ending: string): Promise<void> => {
    try {
      const { file, name } = await askFile(connection, "/v1/gaps/export", { query: { ...asked, format } });
      offerFile(file, name ?? `gaps.${ending}`);
    } catch (problem) {
      toast(say("menu.not_saved", { why: sentenceOf(problem, say) }), { failed: true });
    }
  };
  const items = FILES.map(([format, text, ending]) => ({ id: format, text: say(text), onPick: () => void make(format, ending) }));
  return <span className={style.export}><Menu trigger={<>{say("conversations.export")} <span aria-hidden="true">▾</span></>} groups={[{ items }]} /></span>;
}
