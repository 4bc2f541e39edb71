import { useMemo, type JSX } from "react";

import { Api, serverState } from "@/api/Api";
import type { Connection } from "@/api/client";
import { Boundary } from "@/frame/Boundary";
import { Missing } from "@/pages/Missing";
import { Shell } from "@/pages/Shell";
import { ROOT, useAddress } from "@/url/useView";

const state = serverState();

/** The page that belongs to the address. */
export function App(): JSX.Element {
  const address = useAddress();
  const company = "company" in address ? address.company : null;
  const connection = useMemo<Connection>(() => ({ root: ROOT, company, bearer: null }), [company]);
  return (
    <Boundary>
      <Api connection={connection} state={state}>
        {"company" in address ? <Shell address={address} /> : <Missing />}
      </Api>
    </Boundary>
  );
}
