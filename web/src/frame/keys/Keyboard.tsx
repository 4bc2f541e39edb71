import { lazy, Suspense, type JSX } from "react";

import type { RailBot } from "../Rail";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import type { Keys } from "./keys";
import { PERIOD_KEYS, periodOf } from "./periods";
import { useKeyboard, useKeys } from "./useKeys";

const Palette = lazy(async () => ({ default: (await import("./Palette")).Palette }));
const KeySheet = lazy(async () => ({ default: (await import("./KeySheet")).KeySheet }));

/** What of the keyboard is open over the page. */
export type KeysOpen = "none" | "palette" | "sheet";

interface Props {
  readonly open: KeysOpen;
  readonly onOpen: (what: KeysOpen) => void;
  readonly address: Extract<Address, { company: string }>;
  readonly bots: readonly RailBot[];
}

/** The keys that work on every page, the palette and the sheet of keys. Stands once on a page. */
export function Keyboard({ open, onOpen, address, bots }: Props): JSX.Element {
  const { language } = useTexts();
  const { view, change } = useView();
  const close = (is: boolean): void => { onOpen(is ? open : "none"); };
  const { company } = address;
  useKeyboard(() => { onOpen("palette"); });
  const periods = Object.fromEntries(
    (Object.keys(PERIOD_KEYS) as (keyof typeof PERIOD_KEYS)[]).map((key): [string, () => boolean] => [key, () => { change({ period: periodOf(key) }); return true; }]),
  );
  const ofView: Keys = {
    ...periods,
    v: tableOfFocused,
    x: () => { change({ compare: { ...view.compare, with: view.compare.with === "none" ? "prev" : "none" } }); return true; },
    f: () => pressed("filter"),
  };
  const keys: Keys = {
    ...(address.page === "settings" ? {} : ofView), // settings are of no period
    "g o": () => { go(linkTo({ page: "overview", company }, { ...view, metric: null })); return true; },
    "?": () => { onOpen("sheet"); return true; },
  };
  useKeys(keys);
  return (
    <Suspense fallback={null}>
      {open === "palette" ? <Palette key={language} address={address} bots={bots} onOpenChange={close} onSheet={() => { onOpen("sheet"); }} /> : null}
      {open === "sheet" ? <KeySheet onOpenChange={close} /> : null}
    </Suspense>
  );
}

/** Turn the chart that has the focus into its table, or back; false where no chart has it. */
function tableOfFocused(): boolean {
  const button = document.activeElement?.closest("section")?.querySelector('[data-key-target="table"]');
  if (!(button instanceof HTMLButtonElement)) return false;
  button.click();
  return true;
}

/** Press the button of the bar that is marked so (`data-key-target`); nothing, where there is none. */
function pressed(target: "filter"): boolean {
  const found = document.querySelector(`[data-key-target="${target}"]`);
  const button = found?.matches("button") ? found : found?.querySelector("button");
  if (!(button instanceof HTMLButtonElement)) return false;
  button.focus();
  button.click();
  return true;
}
