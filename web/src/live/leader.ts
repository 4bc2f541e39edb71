import type { Connection } from "@/api/client";
import type { ApiError } from "@/api/error";
import { readChange, type Changed } from "./events";
import { listen } from "./stream";

export type LiveState = "connecting" | "live" | "offline";

export interface LiveEars {
  readonly onChange: (change: Changed) => void;
  readonly onState: (state: LiveState) => void;
  readonly onEnd: (error: ApiError) => void;
  /** The stream had to be opened anew: the server may be another one. */
  readonly onAgain: () => void;
}

/**
 * Hear what changes with all tabs of this browser together: one of those that can be seen holds a lock and a stream,
 * and tells the others. HTTP/1.1 allows six connections to a server; eight tabs with a stream each would hang.
 * Where a browser knows no locks (a page without TLS that is not on this machine), or the page is in a frame of
 * another site with a token of its own, each hears for itself.
 */
export function hearTogether(connection: Connection, ears: LiveEars, signal: AbortSignal): void {
  const locks = (navigator as { locks?: LockManager }).locks;
  const alone = locks === undefined || connection.bearer !== null || typeof BroadcastChannel === "undefined";
  if (alone) {
    void lead(connection, ears, signal, () => undefined, false);
    return;
  }
  const name = `botlens:live:${connection.root}:${connection.company ?? ""}`;
  const channel = new BroadcastChannel(name);
  let followed = false;
  channel.onmessage = (event: MessageEvent<unknown>) => {
    followed ||= (event.data as Said).kind !== "who";
    hear(event.data, ears);
  };
  const tell = (said: Said): void => { channel.postMessage(said); };
  signal.addEventListener("abort", () => { channel.close(); });
  tell({ kind: "who" }); // whoever leads says how it is; nobody leads: the lock is free
  locks
    .request(name, { signal }, async () => {
      let state: LiveState = "connecting";
      const leading: LiveEars = { ...ears, onState: (now) => { state = now; ears.onState(now); } };
      channel.onmessage = (event: MessageEvent<unknown>) => {
        if ((event.data as Said).kind === "who") tell({ kind: "state", state });
      };
      await lead(connection, leading, signal, (said) => { if (!signal.aborted) tell(said); }, followed);
    })
    .catch(() => undefined); // aborted while waiting: somebody else leads
}

type Said =
  | { readonly kind: "change"; readonly data: string }
  | { readonly kind: "state"; readonly state: LiveState }
  | { readonly kind: "again" }
  | { readonly kind: "who" };

function hear(data: unknown, ears: LiveEars): void {
  const said = data as Said;
  if (said.kind === "state") ears.onState(said.state);
  else if (said.kind === "again") ears.onAgain();
  else if (said.kind === "change") {
    const change = readChange(said.data);
    if (change !== null) ears.onChange(change);
  }
}

/** @param followed another tab led before: what changed until this stream is open, nobody has heard. */
async function lead(connection: Connection, ears: LiveEars, signal: AbortSignal, tell: (said: Said) => void, followed: boolean): Promise<void> {
  let gap = followed;
  const state = (now: LiveState): void => {
    ears.onState(now);
    tell({ kind: "state", state: now });
  };
  await listen(
    connection,
    {
      onChange: (change) => {
        ears.onChange(change);
        tell({ kind: "change", data: JSON.stringify(change) });
      },
      onState: (now, again) => {
        state(now === "open" ? "live" : "offline");
        if (now !== "open" || !(again || gap)) return;
        gap = false;
        ears.onAgain();
        tell({ kind: "again" });
      },
      onEnd: ears.onEnd,
    },
    signal,
  );
}
