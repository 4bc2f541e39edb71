import { refusal, whoAsks, type Connection } from "@/api/client";
import { ApiError } from "@/api/error";
import { EventReader, readChange, type Changed } from "./events";

const AGAIN_MS = 3_000;
const MOST_MS = 60_000;
/** The server beats every 15 s; whoever hears nothing for longer hears nothing at all. */
const SILENCE_MS = 40_000;

export interface StreamEars {
  readonly onChange: (change: Changed) => void;
  /** Whether it is listening; `again` if it had to be opened anew after it had been. */
  readonly onState: (state: "open" | "closed", again: boolean) => void;
  /** The server says that there is nothing to hear for this caller any more. */
  readonly onEnd: (error: ApiError) => void;
}

/** Hear what changes until `signal` says stop; opens the stream again when it ends, and obeys `Retry-After`. */
export async function listen(connection: Connection, ears: StreamEars, signal: AbortSignal): Promise<void> {
  let known: string | null = null;
  let opened = false;
  let failures = 0;
  while (!signal.aborted) {
    let pause = AGAIN_MS;
    try {
      known = await once(connection, known, ears, signal, () => {
        ears.onState("open", opened);
        opened = true;
        failures = 0;
      });
    } catch (error) {
      if (isAborted(signal)) return;
      if (error instanceof ApiError && [401, 402, 403].includes(error.status)) {
        ears.onEnd(error);
        return;
      }
      failures += 1;
      pause = Math.min(MOST_MS, AGAIN_MS * 2 ** (failures - 1));
      if (error instanceof ApiError && error.retryAfterSeconds !== null) pause = Math.max(pause, error.retryAfterSeconds * 1_000);
    }
    ears.onState("closed", opened);
    await rest(pause, signal);
  }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted; // asked anew: it changes while one waits

async function once(connection: Connection, known: string | null, ears: StreamEars, signal: AbortSignal, onOpen: () => void): Promise<string | null> {
  const stop = new AbortController();
  const stopped = (): void => { stop.abort(); };
  signal.addEventListener("abort", stopped);
  let timer = setTimeout(stopped, SILENCE_MS);
  try {
    const response = await fetch(`${connection.root}/v1/live`, {
      headers: headersOf(connection, known),
      credentials: connection.bearer === null ? "same-origin" : "omit",
      cache: "no-store",
      signal: stop.signal,
    });
    if (!response.ok || response.body === null) throw await refusal(response);
    onOpen();
    const reader = new EventReader();
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let last = known;
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return last;
      clearTimeout(timer);
      timer = setTimeout(stopped, SILENCE_MS);
      for (const event of reader.take(value)) {
        last = event.id ?? last;
        if (event.name === "end") throw ended(event.data);
        const change = readChange(event.data);
        if (change !== null) ears.onChange(change);
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stopped);
    stop.abort();
  }
}

function headersOf(connection: Connection, known: string | null): Record<string, string> {
  return {
    Accept: "text/event-stream",
    ...(known === null ? {} : { "Last-Event-ID": known }),
    ...whoAsks(connection),
  };
}

/** The event `end` has the body of the error that a request would get now. */
function ended(data: string): ApiError {
  try {
    const told = (JSON.parse(data) as { error?: unknown }).error;
    return ApiError.of(401, told);
  } catch {
    return ApiError.of(401, null);
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(finished, ms);
    function finished(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", finished);
      window.removeEventListener("online", finished);
      done();
    }
    signal.addEventListener("abort", finished);
    window.addEventListener("online", finished);
  });
}
