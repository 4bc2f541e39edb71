import { useCallback, useMemo } from "react";
import { navigate, usePathname, useSearch } from "wouter/use-browser-location";

import { parseAddress, printAddress, type Address } from "./address";
import { otherParameters, parseView, printView } from "./url";
import type { Notice, View } from "./view";

/** Where botlens is mounted, as the server wrote it into the page: "" or "/somewhere". */
export const ROOT = (document.querySelector('meta[name="botlens-root"]')?.getAttribute("content") ?? "").replace(/\/$/, "");

/** Which page is shown. */
export function useAddress(): Address {
  const path = usePathname();
  return useMemo(() => parseAddress(path.startsWith(ROOT) ? path.slice(ROOT.length) : path), [path]);
}

export interface Shown {
  readonly view: View;
  readonly notices: readonly Notice[];
  /** What else stands in the address, for the page that knows it. */
  readonly others: Readonly<Record<string, string>>;
  /** Show something else of it. Whatever people would want to undo with Back is pushed; typing and sorting replace. */
  readonly change: (part: Partial<View>, how?: "push" | "replace") => void;
  readonly changeOthers: (part: Readonly<Record<string, string | null>>, how?: "push" | "replace") => void;
}

/** What the page shows: period, comparison, filters, metric. */
export function useView(): Shown {
  const query = useSearch();
  const parsed = useMemo(() => ({ ...parseView(query), others: otherParameters(query) }), [query]);
  const { view, others } = parsed;
  const change = useCallback<Shown["change"]>(
    (part, how = "push") => {
      to({ ...view, ...part }, others, how);
    },
    [view, others],
  );
  const changeOthers = useCallback<Shown["changeOthers"]>(
    (part, how = "push") => {
      const kept = Object.entries({ ...others, ...part }).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
      to(view, Object.fromEntries(kept) as Record<string, string>, how);
    },
    [view, others],
  );
  return { ...parsed, change, changeOthers };
}

function to(view: View, others: Readonly<Record<string, string>>, how: "push" | "replace"): void {
  navigate(window.location.pathname + printView(view, others), { replace: how === "replace" });
}

/** The link to a page, with what is shown there. */
export function linkTo(address: Address, view?: View, others?: Readonly<Record<string, string>>): string {
  return ROOT + printAddress(address) + (view ? printView(view, others) : "");
}

/** Go to another page. */
export function go(link: string, how: "push" | "replace" = "push"): void {
  navigate(link, { replace: how === "replace" });
}
