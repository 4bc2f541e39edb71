import { ROOT } from "@/url/useView";

const RELOADED = "botlens:reloaded-for";

/** The script of a page: its name changes with every build. */
export function scriptOf(html: string): string | null {
  return /<script[^>]+src="([^"]+)"/.exec(html)?.[1] ?? null;
}

/** After the server was away it may be a newer one, whose page this is not: load the page anew, once for each version. */
export async function reloadIfNewVersion(): Promise<void> {
  const mine = document.querySelector("script[type=module][src]")?.getAttribute("src") ?? null;
  let theirs: string | null;
  try {
    const response = await fetch(`${ROOT}/`, { cache: "no-cache", credentials: "omit" });
    theirs = response.ok ? scriptOf(await response.text()) : null;
  } catch {
    return;
  }
  if (mine === null || theirs === null || mine === theirs || someoneTypes()) return;
  try {
    if (window.sessionStorage.getItem(RELOADED) === theirs) return;
    window.sessionStorage.setItem(RELOADED, theirs);
  } catch {
    return; // nothing is kept, so nobody would know that it was tried before
  }
  window.location.reload();
}

/** Nothing that somebody has begun to write is thrown away. */
function someoneTypes(): boolean {
  return document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement;
}
