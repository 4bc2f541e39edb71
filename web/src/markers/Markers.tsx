import { lazy, Suspense, type JSX } from "react";

import type { MetricName } from "@/figures";
import { dateIn } from "@/format/formatDate";
import { useFormats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { Skeleton } from "@/parts/Skeleton";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import style from "./markers.module.css";
import type { KeptMarker, PlacedMarker } from "./placed";

const MarkerStory = lazy(async () => ({ default: (await import("./MarkerStory")).MarkerStory }));
const MarkerForm = lazy(async () => ({ default: (await import("./MarkerForm")).MarkerForm }));

/** What is open of the markers of a chart: the story of one, the form for a new one at a local time, or nothing. */
export type OpenMarker = { readonly kind: "story"; readonly id: string } | { readonly kind: "new"; readonly at: string } | null;

interface Props {
  /** Those on the chart. */
  readonly shown: readonly PlacedMarker[];
  readonly all: readonly KeptMarker[];
  readonly chatbot: string | null;
  readonly metric: MetricName;
  readonly zone: string;
  readonly filtered: boolean;
  /** Now, as a local time, for a new one; null: who looks may make none. */
  readonly now: string | null;
  readonly open: OpenMarker;
  readonly onOpen: (open: OpenMarker) => void;
}

/** What happened in the days of a chart, in words below it, and a way to add to it. */
export function Markers({ shown, all, chatbot, metric, zone, filtered, now, open, onOpen }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const story = open?.kind === "story" ? all.find((each) => each.id === open.id) : undefined;
  const close = (is: boolean): void => { if (!is) onOpen(null); };
  return (
    <div className={style.row}>
      {shown.length === 0 ? null : (
        <ul className={style.list} aria-label={say("marker.list")}>
          {shown.map(({ marker }) => (
            <li key={marker.id}>
              <button type="button" className={style.chip} title={marker.text} onClick={() => { onOpen({ kind: "story", id: marker.id }); }}>
                <span className={style.flag} aria-hidden="true">⚑</span>
                <span className={style.when}>{formats.date(dateIn(marker.at, zone))}</span>
                <span className={style.text} dir="auto">{marker.text}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {now === null ? null : <Button look="quiet" className={style.new} onClick={() => { onOpen({ kind: "new", at: now }); }}>{say("marker.add")}</Button>}
      <Dialog open={story !== undefined} onOpenChange={close} title={<bdi className={style.title}>{story?.text ?? ""}</bdi>}>
        {story === undefined ? null : <Suspense fallback={<Skeleton height="16rem" />}><MarkerStory key={story.id} marker={story} metric={metric} zone={zone} filtered={filtered} mayKeep={now !== null} onClose={() => { onOpen(null); }} /></Suspense>}
      </Dialog>
      <Dialog open={open?.kind === "new"} onOpenChange={close} title={say("marker.new")}>
        {open?.kind === "new" ? <Suspense fallback={<Skeleton height="16rem" />}><MarkerForm marker={null} at={open.at} chatbot={chatbot} zone={zone} onDone={() => { onOpen(null); }} /></Suspense> : null}
      </Dialog>
    </div>
  );
}
