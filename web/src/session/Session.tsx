import { createContext, useContext, type JSX, type ReactNode } from "react";

import { ApiError } from "@/api/error";
import { useTexts } from "@/texts/texts";
import { CannotShow } from "./CannotShow";
import { includes, isAdmin, useMe, type Feature, type Me } from "./me";
import { Waiting } from "./Waiting";

/** What every page of a company knows. */
export interface Session {
  readonly me: Me;
  /** Owners and admins: whoever else sees no control that changes something. */
  readonly admin: boolean;
  readonly has: (feature: Feature) => boolean;
  /** Whether the page is in a frame of another site: nothing around it, and no address of it that others could use. */
  readonly embedded?: boolean;
}

const Context = createContext<Session | null>(null);

/** Who looks at the page, and at which company. Inside of `<Signed>` only. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error("This part of the page stands outside of <Signed>.");
  return session;
}

/** Whether the page is an embedded one; nothing outside of a session is. */
export function useEmbedded(): boolean {
  return useContext(Context)?.embedded ?? false;
}

/** Whatever is inside is shown to whoever that is. */
export function SeenBy({ session, children }: { readonly session: Session; readonly children: ReactNode }): JSX.Element {
  return <Context value={session}>{children}</Context>;
}

/** Whatever is inside is shown to those who may see the company of the address; others read why they do not. */
export function Signed({ children }: { readonly children: ReactNode }): JSX.Element {
  const { say } = useTexts();
  const asked = useMe();
  if (asked.data !== undefined) {
    const me = asked.data;
    const session: Session = { me, admin: isAdmin(me), has: (feature) => includes(me, feature) };
    return <SeenBy session={session}>{children}</SeenBy>;
  }
  const { error } = asked;
  if (error === null || (error instanceof ApiError && error.status === 401)) return <Waiting what={say("frame.loading")} />;
  return <CannotShow error={error} retry={() => void asked.refetch()} />;
}
