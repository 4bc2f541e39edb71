const RELOADED = "botlens:reloaded";
const AGAIN_AFTER_MS = 60_000;

/** An old tab asks for chunks that a newer server no longer has: load the page anew, once, and not in a circle. */
export function reloadOnceForNewVersion(): void {
  window.addEventListener("vite:preloadError", (event) => {
    let last: string | null;
    try {
      last = window.sessionStorage.getItem(RELOADED);
      window.sessionStorage.setItem(RELOADED, String(performance.timeOrigin));
    } catch {
      return; // nothing is kept, so nobody would know that it was tried before
    }
    if (last !== null && performance.timeOrigin - Number(last) < AGAIN_AFTER_MS) return;
    event.preventDefault();
    window.location.reload();
  });
}
