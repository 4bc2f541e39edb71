/** One event of a stream, as it was sent. */
export interface StreamEvent {
  readonly id: string | null;
  readonly name: string;
  readonly data: string;
}

/** Reads server-sent events out of the pieces in which they come. `EventSource` cannot say which company, nor send a token. */
export class EventReader {
  private rest = "";
  private id: string | null = null;
  private name = "";
  private data: string[] = [];

  /** The events that a piece completes. */
  take(piece: string): StreamEvent[] {
    const lines = (this.rest + piece).split(/\r\n|\n/);
    this.rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line) ?? []);
  }

  private line(line: string): StreamEvent | null {
    if (line === "") return this.complete();
    const at = line.indexOf(":");
    if (at === 0) return null;
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.name = value;
    else if (field === "id") this.id = value;
    return null;
  }

  private complete(): StreamEvent | null {
    const event = this.data.length === 0 ? null : { id: this.id, name: this.name || "message", data: this.data.join("\n") };
    this.name = "";
    this.data = [];
    return event;
  }
}

/** What a stream says: that the numbers of these chatbots are others; null if that may be all of them. */
export interface Changed {
  readonly version: number;
  readonly chatbots: readonly string[] | null;
}

/** What the data of an event says; null if it cannot be read. */
export function readChange(data: string): Changed | null {
  try {
    const said = JSON.parse(data) as { version?: unknown; chatbots?: unknown };
    if (typeof said.version !== "number") return null;
    const chatbots = Array.isArray(said.chatbots) ? said.chatbots.filter((each): each is string => typeof each === "string") : null;
    return { version: said.version, chatbots };
  } catch {
    return null;
  }
}
