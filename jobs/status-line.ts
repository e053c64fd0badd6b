// One line on the terminal that is rewritten as work goes on; where there is no terminal, a line every 10 s. Called by jobs/demo.ts.

const QUIET_MS = 10_000

export class StatusLine {
  private shown = ''
  private printedAt = -Infinity

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** Replaces the status. */
  update(status: string): void {
    if (!this.out.isTTY) {
      if (performance.now() - this.printedAt < QUIET_MS) return
      this.printedAt = performance.now()
      this.out.write(`${status}\n`)
      return
    }
    this.shown = status.slice(0, Math.max(20, (this.out.columns ?? 80) - 1))
    this.out.write(`\r\x1b[K${this.shown}`)
  }

  /** Prints a line that stays, above the status. */
  print(line: string): void {
    if (this.out.isTTY) this.out.write(`\r\x1b[K${line}\n${this.shown}`)
    else this.out.write(`${line}\n`)
  }

  /** Ends the status. */
  end(): void {
    if (this.out.isTTY && this.shown) this.out.write('\r\x1b[K')
    this.shown = ''
  }
}
