import type { JSX } from "react";

import { zones } from "@/format/zones";

/** The names of zones, for a field of one (`list`). */
export function ZoneNames({ id }: { readonly id: string }): JSX.Element {
  return (
    <datalist id={id}>
      {zones().map((each) => (
        <option key={each} value={each} />
      ))}
    </datalist>
  );
}
