/** What a key does; whether it did: else whoever is further out may have it. */
export type Doing = () => boolean;
/** Keys as `event.key` has them, small letters; two of them with a blank between are pressed one after the other. */
export type Keys = Readonly<Record<string, Doing>>;

/** What counts of a press of a key. */
export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode?: number;
  readonly target: EventTarget | null;
}

const KEPT = "botlens:keys";
const COMPOSING = 229;
const AFTER_MS = 1_200;

/** From the outermost to the innermost: the page, the list, the transcript. */
const layers: Keys[] = [];

/** Take part in keys, until the function it gives is called. */
export function layKeys(keys: Keys): () => void {
  layers.push(keys);
  return () => {
    layers.splice(layers.indexOf(keys), 1);
  };
}

/** Whether single keys are on in this browser. */
export function singleKeys(): boolean {
  try {
    return window.localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

/** Turn single keys on or off, in this browser, from now on. */
export function turnSingleKeys(on: boolean): void {
  try {
    if (on) window.localStorage.removeItem(KEPT);
    else window.localStorage.setItem(KEPT, "off");
  } catch {
    // A browser that keeps nothing has them on.
  }
}

/** Whether a press is one that may be a single key: none with a modifier, none while somebody writes or composes. */
export function isSingle(press: Press): boolean {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing || press.keyCode === COMPOSING) return false;
  return !isWriting(press.target) && !isInPopup(press.target);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [role=textbox], [role=combobox]") !== null);
}

/** A popup has keys of its own, such as letters that find an item of a menu. */
function isInPopup(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=menu], [role=listbox], [role=dialog]") !== null;
}

/** Whether a press opens the palette: Ctrl K, on a Mac Cmd K. */
export function isPalette(press: Press): boolean {
  return press.key.toLowerCase() === "k" && (press.ctrlKey || press.metaKey) && !press.altKey && !press.isComposing;
}

/** Reads presses, one after the other: some keys are two presses. */
export function reader(): (press: Press, at: number) => boolean {
  let begun: { readonly key: string; readonly at: number } | null = null;
  return (press, at) => {
    if (!isSingle(press)) return false;
    const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
    const together = begun !== null && at - begun.at < AFTER_MS ? `${begun.key} ${key}` : null;
    begun = layers.some((keys) => Object.keys(keys).some((each) => each.startsWith(`${key} `))) ? { key, at } : null;
    if (together !== null && did(together)) {
      begun = null;
      return true;
    }
    return did(key);
  };
}

function did(key: string): boolean {
  return layers.toReversed().some((keys) => Object.hasOwn(keys, key) && keys[key]?.() === true);
}
