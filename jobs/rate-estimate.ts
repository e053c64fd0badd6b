// Estimates how long a piece of work still takes, from the rate at which it goes. Called by jobs/run-step.ts.

/** Reports closer than this say little about the rate. */
const MIN_GAP_MS = 50
/** The weight of a report in the average falls to 1/e after this much time. */
const MEMORY_MS = 8_000

/** An exponentially weighted rate; it begins anew when the work changes its unit or goes back. */
export class RateEstimate {
  private last: { done: number; at: number; unit: string } | null = null
  private perMs: number | null = null

  constructor(private readonly clock: () => number) {}

  /** Null until a rate is known. */
  secondsLeft(done: number, total: number, unit: string): number | null {
    const at = this.clock()
    if (!this.last || this.last.unit !== unit || done < this.last.done) {
      this.last = { done, at, unit }
      this.perMs = null
      return null
    }
    const elapsed = at - this.last.at
    if (elapsed >= MIN_GAP_MS && done > this.last.done) {
      const now = (done - this.last.done) / elapsed
      const weight = 1 - Math.exp(-elapsed / MEMORY_MS)
      this.perMs = this.perMs === null ? now : this.perMs + weight * (now - this.perMs)
      this.last = { done, at, unit }
    }
    return this.perMs ? Math.max(0, (total - done) / this.perMs / 1000) : null
  }
}
