import { ROOT } from "@/url/useView";

const RELOADED = "botlens:reloaded";
const AGAIN_AFTER_MS = 60_000;

/**
 * An old tab asks for chunks that a newer server no longer has: load the page anew, once, and not in a circle. Where no
 * server answers, the page stays: it shows more than what a browser has to say of that.
 */
export function reloadOnceForNewVersion(): void {
  window.addEventListener("vite:preloadError", () => void reloadIfServed());
}

async function reloadIfServed(): Promise<void> {
  const served = await fetch(`${ROOT}/`, { cache: "no-cache", credentials: "omit" }).then((answer) => answer.ok, () => false);
  if (served) reloadOnce();
}

function reloadOnce(): void {
  let last: string | null;
  try {
    last = window.sessionStorage.getItem(RELOADED);
    window.sessionStorage.setItem(RELOADED, String(performance.timeOrigin));
  } catch {
    return; // nothing is kept, so nobody would know that it was tried before
  }
  if (last !== null && performance.timeOrigin - Number(last) < AGAIN_AFTER_MS) return;
  window.location.reload();
}
