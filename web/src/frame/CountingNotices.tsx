import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import style from "./Notices.module.css";
import { useTold } from "./Told";

/** Which chatbots' figures are not what they will be: a first copy is being counted, or all is by a new threshold. */
export function CountingNotices(): JSX.Element {
  const { say } = useTexts();
  const told = useTold();
  const uncounted = useNames(told?.uncounted);
  const recounting = useNames(told?.recounting);
  return (
    <>
      {uncounted !== null && (
        <p className={style.notices} role="status">{say("bar.uncounted", { bots: uncounted })}</p>
      )}
      {recounting !== null && (
        <p className={style.notices} role="status">{say("bar.recounting", { bots: recounting })}</p>
      )}
    </>
  );
}

function useNames(bots: readonly string[] = []): string | null {
  const { list } = useFormats();
  const { me } = useSession();
  if (bots.length === 0) return null;
  return list(bots.map((id) => me.chatbots.find((each) => each.chatbot_id === id)?.name ?? id));
}
