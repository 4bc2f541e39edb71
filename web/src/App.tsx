import { lazy, Suspense, useMemo, type JSX } from "react";

import { Api, serverState } from "@/api/Api";
import type { Connection } from "@/api/client";
import { Boundary } from "@/frame/Boundary";
import { Toasts } from "@/toasts/Toasts";
import { Live } from "@/live/Live";
import { Home } from "@/pages/Home";
import { Missing } from "@/pages/Missing";
import { Shell } from "@/pages/Shell";
import { watchForLogout } from "@/session/leaving";
import { Signed } from "@/session/Session";
import { Waiting } from "@/session/Waiting";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { ROOT, useAddress } from "@/url/useView";

const Login = lazy(async () => ({ default: (await import("@/pages/login/Login")).Login }));
const Embed = lazy(async () => ({ default: (await import("@/pages/embed/Embed")).Embed }));
const Settings = lazy(async () => ({ default: (await import("@/pages/settings/Settings")).Settings }));

const state = serverState();
watchForLogout(state);

/** The page that belongs to the address. */
export function App(): JSX.Element {
  const { say } = useTexts();
  const address = useAddress();
  const company = "company" in address ? address.company : null;
  const connection = useMemo<Connection>(() => ({ root: ROOT, company, bearer: null }), [company]);
  return (
    <Boundary>
      <Api connection={connection} state={state}>
        <Suspense fallback={<Waiting what={say("frame.loading")} />}>
          <Page address={address} />
        </Suspense>
      </Api>
      <Toasts />
    </Boundary>
  );
}

function Page({ address }: { readonly address: Address }): JSX.Element {
  if (address.page === "home") return <Home />;
  if (address.page === "login") return <Login />;
  if (address.page === "embed") return <Embed link={address.link} />;
  if (address.page === "missing") return <Missing />;
  return (
    <Signed key={address.company}>
      <Live>{address.page === "settings" ? <Settings address={address} /> : <Shell address={address} />}</Live>
    </Signed>
  );
}
