import { useState, type JSX } from "react";

import { sentenceOf } from "@/api/error";
import type { MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { EffectOf } from "./EffectOf";
import { MarkerForm } from "./MarkerForm";
import style from "./markers.module.css";
import type { KeptMarker } from "./placed";
import { useDropMarker } from "./useMarkers";
import { whoText } from "./whoText";

interface Props {
  readonly marker: KeptMarker;
  readonly metric: MetricName;
  readonly zone: string;
  readonly filtered: boolean;
  /** Whether who looks may change it. */
  readonly mayKeep: boolean;
  readonly onClose: () => void;
}

/** All that is known of a marker: who set it, what it is of, what a metric did around it; and the ways to change it. */
export function MarkerStory({ marker, metric, zone, filtered, mayKeep, onClose }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { me } = useSession();
  const [mode, setMode] = useState<"read" | "change" | "delete">("read");
  const drop = useDropMarker(marker.id, onClose);
  if (mode === "change") return <MarkerForm marker={marker} at="" chatbot={null} zone={zone} onDone={() => { setMode("read"); }} />;
  const bot = me.chatbots.find((each) => each.chatbot_id === marker.chatbot_id);
  const of = marker.chatbot_id === null ? say("marker.of.all") : (bot?.name ?? marker.chatbot_id);
  return (
    <div className={style.story}>
      <p className={style.about}>
        {[formats.instant(marker.at, zone), of, whoText(marker.who, say)].map((each) => <bdi key={each}>{each}</bdi>)}
      </p>
      {marker.link === null || !isWeb(marker.link) ? null : (
        <a className={style.link} href={marker.link} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">{marker.link}</a>
      )}
      <EffectOf marker={marker.id} metric={metric} filtered={filtered} />
      {!mayKeep ? null : mode === "delete" ? (
        <div className={style.buttons} role="group" aria-label={say("marker.delete")}>
          <span>{say("marker.delete.sure")}</span>
          <Button look="danger" disabled={drop.isPending} onClick={() => { drop.mutate(); }}>{say("marker.delete")}</Button>
          <Button look="quiet" onClick={() => { setMode("read"); }}>{say("form.cancel")}</Button>
        </div>
      ) : (
        <div className={style.buttons}>
          <Button onClick={() => { setMode("change"); }}>{say("marker.change")}</Button>
          <Button look="danger" onClick={() => { setMode("delete"); }}>{say("marker.delete")}</Button>
        </div>
      )}
      {drop.error === null ? null : <p className={style.error} role="alert">{sentenceOf(drop.error, say)}</p>}
    </div>
  );
}

function isWeb(link: string): boolean {
  return URL.canParse(link) && ["https:", "http:"].includes(new URL(link).protocol);
}
