import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import style from "./Notices.module.css";
import { useTold } from "./Told";

/** Which chatbots' figures are not complete yet, as long as a first copy of their conversations is being counted. */
export function Uncounted(): JSX.Element | null {
  const { say } = useTexts();
  const { list } = useFormats();
  const { me } = useSession();
  const bots = useTold()?.uncounted ?? [];
  if (bots.length === 0) return null;
  const names = bots.map((id) => me.chatbots.find((each) => each.chatbot_id === id)?.name ?? id);
  return <p className={style.notices} role="status">{say("bar.uncounted", { bots: list(names), n: bots.length })}</p>;
}
