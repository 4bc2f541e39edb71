/** What the fragment of a login address holds: one of the two that `POST /v1/session` takes. */
export type Credentials = { readonly token: string } | { readonly jwt: string };

/** Read a fragment, `#token=bll_...` or `#jwt=eyJ...`. */
export function credentialsIn(fragment: string): Credentials | null {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const [token, jwt] = [said.get("token"), said.get("jwt")];
  if (token) return { token };
  return jwt ? { jwt } : null;
}

/** For the eyes only: whom a JWT says it is of. Who it really is, the server finds out. */
export function nameIn(credentials: Credentials): string | null {
  if ("token" in credentials) return null;
  try {
    const [, body = ""] = credentials.jwt.split(".");
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const name = claims.name ?? claims.email ?? claims.sub;
    return typeof name === "string" && name !== "" ? name.slice(0, 80) : null;
  } catch {
    return null;
  }
}

/**
 * Take a secret out of the address before anything else happens: it is in no history, no title, no screenshot and no
 * link that is copied. From then on it is in the memory of this page alone.
 */
export function takeFragment(): string {
  const { hash, pathname, search } = window.location;
  if (hash !== "") window.history.replaceState(window.history.state, "", pathname + search);
  return hash;
}
