import type { JSX } from "react";

/** On to something, or back from it: against the way that is read where that is from right to left. */
export function Arrow({ back = false }: { readonly back?: boolean }): JSX.Element {
  return (
    <span className="towards" aria-hidden="true">
      {back ? "←" : "→"}
    </span>
  );
}
