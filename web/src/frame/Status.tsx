import type { JSX } from "react";

import { formatTime } from "@/format/formatDate";
import { useTexts } from "@/texts/texts";
import style from "./Bar.module.css";
import { useTold } from "./Told";

/** Whether figures come by themselves; `null` while there is no stream. */
export type Liveness = "live" | "waiting" | null;

/** Of which moment and zone the figures are, and whether new ones come by themselves. */
export function Status({ live }: { readonly live: Liveness }): JSX.Element | null {
  const { say, language } = useTexts();
  const told = useTold();
  if (told === null) return null;
  const time = told.asOf === null ? "" : `, ${formatTime(told.asOf, told.zone, language)}`;
  return (
    <span className={style.status} title={say("bar.status", { zone: told.zone })}>
      {live === null ? null : <span className={live === "live" ? style.live : style.waiting} aria-hidden="true" />}
      {live === null ? null : <span>{say(live === "live" ? "frame.live" : "bar.waiting")} · </span>}
      {told.zone}
      {time}
    </span>
  );
}
