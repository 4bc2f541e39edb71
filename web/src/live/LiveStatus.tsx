import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore, type JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import { useLiveState } from "./Live";
import style from "./live.module.css";

/** Whether figures move by themselves, whose clock they follow, and what it said when they were last asked for. */
export function LiveStatus({ zone }: { readonly zone: string }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const state = useLiveState();
  const asOf = useLastAsOf();
  const text = say(state === "live" ? "live.live" : state === "offline" ? "live.offline" : "live.connecting");
  return (
    <span className={style.status} title={`${say(`live.${state}.hint`)} ${say("bar.status", { zone })}`}>
      <span className={`${style.dot ?? ""} ${style[state] ?? ""}`} aria-hidden="true" />
      <span role="status">{text}</span>
      <span className={style.zone}> · {zone.replaceAll("_", " ")}</span>
      {asOf === null ? null : <span> · {formats.time(asOf, zone)}</span>}
    </span>
  );
}

/** The latest moment that an answer on this page is of; null before the first one. */
function useLastAsOf(): string | null {
  const queries = useQueryClient();
  const look = useCallback((): string | null => {
    let last: string | null = null;
    for (const query of queries.getQueryCache().findAll({ queryKey: ["answers"], type: "active" })) {
      for (const answer of Object.values((query.state.data ?? {}) as Record<string, { meta?: { as_of?: string } }>)) {
        const asOf = answer.meta?.as_of;
        if (asOf !== undefined && (last === null || asOf > last)) last = asOf;
      }
    }
    return last;
  }, [queries]);
  const hear = useCallback((heard: () => void) => queries.getQueryCache().subscribe(heard), [queries]);
  return useSyncExternalStore(hear, look);
}
