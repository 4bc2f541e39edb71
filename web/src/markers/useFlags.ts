import type { Marker } from "@/charts/points";
import { useFormats } from "@/format/useFormats";
import type { Unit } from "@/frame/periods";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { placed, type KeptMarker, type PlacedMarker } from "./placed";
import { useMarkers } from "./useMarkers";
import { whoText } from "./whoText";

interface Flags {
  /** All markers of the chatbot, of the company. */
  readonly all: readonly KeptMarker[];
  /** Those in the buckets. */
  readonly here: readonly PlacedMarker[];
  /** The same as a chart shows them. */
  readonly flags: readonly Marker[];
}

/** The markers in the buckets of a chart; without a chatbot, those of all of them. None where the plan has none. */
export function useFlags(chatbot: string | null, buckets: readonly string[], unit: Unit, zone: string): Flags {
  const { say } = useTexts();
  const formats = useFormats();
  const all = useMarkers(chatbot, useSession().has("markers"));
  const here = placed(all, buckets, unit, zone);
  const flags = here.map(({ marker, at }) => ({ id: marker.id, at, text: marker.text, about: `${whoText(marker.who, say)} · ${formats.moment(marker.at, zone)}` }));
  return { all, here, flags };
}
