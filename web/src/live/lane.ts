import { joined } from "./affected";
import type { Pace } from "./pace";

const LEAST_WAIT_MS = 100;
/** So much may a timer of the browser be early. */
const TOLERATED_MS = 20;

/** What is asked anew in its own time: once numbers have changed, and no sooner than its pace allows. */
export class Lane {
  private changed: ReadonlySet<string> | null = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param pace says how long to wait.
   * @param isBusy whether something is on its way.
   * @param ask asks anew what is about these chatbots; null is whatever there is.
   */
  constructor(
    private readonly pace: Pace,
    private readonly isBusy: () => boolean,
    private readonly ask: (chatbots: ReadonlySet<string> | null) => void,
  ) {}

  /** Numbers of these chatbots have changed; null if it may be those of all. */
  hear(chatbots: readonly string[] | null): void {
    this.changed = joined(this.changed, chatbots);
    if (this.changed === null || this.changed.size > 0) this.soon();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private soon(): void {
    this.timer ??= setTimeout(() => { this.now(); }, Math.max(LEAST_WAIT_MS, this.pace.wait(performance.now())));
  }

  private now(): void {
    this.timer = undefined;
    // What is on its way may be older than the change; and what it costs is known only when it is there.
    if (this.isBusy() || this.pace.wait(performance.now()) > TOLERATED_MS) {
      this.soon();
      return;
    }
    const since = this.changed;
    this.changed = new Set<string>();
    this.ask(since);
  }
}
