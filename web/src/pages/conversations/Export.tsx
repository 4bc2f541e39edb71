import { useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { askFile } from "@/api/client";
import { sentenceOf } from "@/api/error";
import { offerFile } from "@/api/saveFile";
import { toast } from "@/frame/toasts";
import { Menu } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import type { AskedList } from "./listed";
import style from "./Conversations.module.css";

const FORMATS = ["csv", "parquet", "jsonl"] as const;
const ROWS = ["conversations", "messages"] as const;

/** The list as a file: the same question, so the same conversations. */
export function Export({ asked }: { readonly asked: AskedList }): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const [making, setMaking] = useState(false);
  const make = async (format: (typeof FORMATS)[number], data: (typeof ROWS)[number]): Promise<void> => {
    setMaking(true);
    try {
      const { file, name } = await askFile(connection, "/v1/export", { query: { ...asked, format, data } });
      offerFile(file, name ?? `${data}.${format}`);
    } catch (problem) {
      toast(say("menu.not_saved", { why: sentenceOf(problem, say) }), { failed: true });
    } finally {
      setMaking(false);
    }
  };
  const groups = ROWS.map((data) => ({
    title: say(`conversations.export.${data}`),
    items: FORMATS.map((format) => ({
      id: `${data} ${format}`,
      text: say(`conversations.export.format.${format}`),
      disabled: making,
      onPick: () => void make(format, data),
    })),
  }));
  return (
    <span className={style.export}>
      <Menu trigger={<>{say(making ? "conversations.export.making" : "conversations.export")} <span aria-hidden="true">▾</span></>} groups={groups} />
    </span>
  );
}
