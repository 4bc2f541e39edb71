import type { JSX } from "react";

import { Menu } from "@/popups/Popups";
import { useEmbedded } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { COMPARISONS, type Comparison } from "@/url/view";

interface Props {
  readonly compare: Comparison;
  readonly onPick: (compare: Comparison) => void;
}

/** What the figures are set against. */
export function CompareMenu({ compare, onPick }: Props): JSX.Element {
  const { say } = useTexts();
  const embedded = useEmbedded();
  const ways = COMPARISONS.map((way) => ({
    id: way,
    text: say(`compare.${way}`),
    ...(way === "none" && !embedded ? { hint: "X" } : {}),
    current: way === compare.with,
    onPick: () => {
      onPick({ with: way, weekday: way !== "none" && compare.weekday });
    },
  }));
  const weekday = {
    id: "weekday",
    text: `${compare.weekday ? "✓ " : ""}${say("bar.weekday")}`,
    current: compare.weekday,
    disabled: compare.with === "none",
    onPick: () => {
      onPick({ ...compare, weekday: !compare.weekday });
    },
  };
  const name = compare.with === "none" ? say("compare.none") : `${say("bar.against")} ${say(`bar.against.${compare.with}`)}`;
  return (
    <>
      <span className="paper-only">{name}</span>
      <Menu trigger={<>{name} <span aria-hidden="true">▾</span></>} groups={[{ items: ways }, { items: [weekday] }]} />
    </>
  );
}
