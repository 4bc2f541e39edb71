import { lazy, Suspense, useState, type JSX, type ReactNode } from "react";

import { Button } from "@/parts/Button";
import { Skeleton } from "@/parts/Skeleton";
import type { ComboboxProps, DialogProps, MenuProps, PopoverProps } from "./types";

const load = (): Promise<typeof import("./loaded")> => import("./loaded");

const LoadedPopover = lazy(async () => ({ default: (await load()).Popover }));
const LoadedDialog = lazy(async () => ({ default: (await load()).Dialog }));
const LoadedMenu = lazy(async () => ({ default: (await load()).Menu }));
const LoadedCombobox = lazy(async () => ({ default: (await load()).Combobox }));

const HANDS_ON = ["pointermove", "pointerdown", "keydown", "focusin"] as const;
const AT_LAST_MS = 3_000;

/**
 * Fetch the popups before anybody wants one: as soon as somebody has a hand on the page, or when it has been there for
 * a while. Before, they would be in the way of what it shows.
 */
export function fetchPopups(): void {
  const begin = (): void => {
    clearTimeout(atLast);
    for (const each of HANDS_ON) window.removeEventListener(each, begin);
    load().catch(() => undefined); // whoever wants one is told
  };
  const atLast = setTimeout(begin, AT_LAST_MS);
  for (const each of HANDS_ON) window.addEventListener(each, begin, { passive: true });
}

interface TriggerProps {
  readonly trigger: ReactNode;
  readonly look: "plain" | "quiet" | "main";
  readonly label: string | undefined;
  readonly kind: "menu" | "dialog";
  readonly children: JSX.Element;
}

/** The button alone, until it is first pressed; then the popup with its button, open. */
function Trigger({ trigger, look, label, kind, children }: TriggerProps): JSX.Element {
  const [wanted, setWanted] = useState(false);
  const button = (
    <Button
      look={look}
      aria-label={label}
      aria-haspopup={kind}
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onClick={() => {
        setWanted(true);
      }}
    >
      {trigger}
    </Button>
  );
  return wanted ? <Suspense fallback={button}>{children}</Suspense> : button;
}

/** See `PopoverProps`. */
export function Popover(props: PopoverProps): JSX.Element {
  return (
    <Trigger trigger={props.trigger} look={props.look ?? "quiet"} label={props.label} kind="dialog">
      <LoadedPopover {...props} />
    </Trigger>
  );
}

/** See `MenuProps`. */
export function Menu(props: MenuProps): JSX.Element {
  return (
    <Trigger trigger={props.trigger} look={props.look ?? "plain"} label={props.label} kind="menu">
      <LoadedMenu {...props} />
    </Trigger>
  );
}

/** See `DialogProps`. */
export function Dialog(props: DialogProps): JSX.Element | null {
  const [everOpen, setEverOpen] = useState(props.open);
  if (props.open && !everOpen) setEverOpen(true);
  if (!everOpen) return null;
  return (
    <Suspense fallback={null}>
      <LoadedDialog {...props} />
    </Suspense>
  );
}

/** See `ComboboxProps`. */
export function Combobox(props: ComboboxProps): JSX.Element {
  return (
    <Suspense fallback={<Skeleton height="var(--target)" what={props.label} />}>
      <LoadedCombobox {...props} />
    </Suspense>
  );
}
