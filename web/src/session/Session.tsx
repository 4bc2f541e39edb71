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
}

const Context = createContext<Session | null>(null);

/** Who looks at the page, and at which company. Inside of `<Signed>` only. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error("This part of the page stands outside of <Signed>.");
  return session;
}

/** Whatever is inside is shown to those who may see the company of the address; others read why they do not. */
export function Signed({ children }: { readonly children: ReactNode }): JSX.Element {
  const { say } = useTexts();
  const asked = useMe();
  if (asked.data !== undefined) {
    const me = asked.data;
    const session: Session = { me, admin: isAdmin(me), has: (feature) => includes(me, feature) };
    return <Context value={session}>{children}</Context>;
  }
  const { error } = asked;
  if (error === null || (error instanceof ApiError && error.status === 401)) return <Waiting what={say("frame.loading")} />;
  return <CannotShow error={error} retry={() => void asked.refetch()} />;
}
