/** At most so often, in ms; and so many times what the last answers took, so that pages take a twentieth of a server. */
const LEAST_MS = 1_000;
const TIMES_COST = 20;
const MOST_MS = 60_000;

/** How long to wait before asking again. Times are those of `performance.now()`. */
export class Pace {
  private began: number | null = null;
  private cost = 0;

  /** @param least ms between two askings, whatever they cost. */
  constructor(private readonly least = LEAST_MS) {}

  /** Something is asked. */
  begin(now: number): void {
    this.began = now;
  }

  /** It was answered: that is what asking costs. */
  end(now: number): void {
    if (this.began !== null) this.cost = now - this.began;
  }

  /** ms until it may be asked again. */
  wait(now: number): number {
    if (this.began === null) return 0;
    const pause = Math.min(MOST_MS, Math.max(this.least, TIMES_COST * this.cost));
    return Math.max(0, this.began + pause - now);
  }
}
