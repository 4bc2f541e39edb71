import { parseAddress, printAddress } from "@/url/address";

/*
 * Where a reader wanted to go before logging in: `/login?to=%2Fc%2Facme%2Fb%2Fshop`. Links from elsewhere may carry it,
 * so it is believed only if it is the address of a page of this server.
 */

const KEPT = "botlens:to";
const NOT_BACK = new Set(["home", "login", "missing", "embed"]);

/** Where to go after logging in, with the query of the page; null if `to` is no page of this server. */
export function safeReturn(to: string | null): string | null {
  if (to === null || !to.startsWith("/") || /^\/[/\\]/.test(to)) return null;
  let url: URL;
  try {
    url = new URL(to, "https://botlens.invalid");
  } catch {
    return null;
  }
  if (url.host !== "botlens.invalid") return null;
  const address = parseAddress(url.pathname);
  return NOT_BACK.has(address.page) ? null : printAddress(address) + url.search;
}

/** The company of such an address. */
export function companyOf(to: string): string | null {
  const address = parseAddress(to.split("?", 1)[0] ?? "");
  return "company" in address ? address.company : null;
}

/** The query of the login page that leads back to a page. */
export function loginQuery(to: string): string {
  const safe = safeReturn(to);
  return safe === null ? "" : `?to=${encodeURIComponent(safe)}`;
}

/** Keep where to go for the time until somebody has logged in in this tab: a link that logs in takes its place in the address. */
export function keepReturn(to: string | null): void {
  try {
    if (to === null) window.sessionStorage.removeItem(KEPT);
    else window.sessionStorage.setItem(KEPT, to);
  } catch {
    // A browser that keeps nothing goes to the first page instead.
  }
}

/** What `keepReturn` kept, if it still is a page. */
export function keptReturn(): string | null {
  try {
    return safeReturn(window.sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}
