// Gathers what a step's process reports and writes it in batches. Called by jobs/server.ts.
import type { Report } from '@/server/db/steps'
import type { StepReport } from './step-process'

const BATCH_MS = 250
const MAX_LINE = 4000

/** One write at a time, at most every 250 ms; what arrives meanwhile goes into the next. */
export class ReportBuffer {
  private pending: Report = empty()
  private timer: NodeJS.Timeout | null = null
  private writing: Promise<void> = Promise.resolve()

  /** `write` stores a batch and does not throw. */
  constructor(private readonly write: (report: Report) => Promise<void>) {}

  add(report: StepReport): void {
    if (report.type === 'progress') this.pending.progress = report.progress
    if (report.type === 'metrics') this.pending.points.push(...report.points)
    if (report.type === 'log') this.pending.logs.push({ level: report.level, line: report.line.replaceAll('\0', '').slice(0, MAX_LINE) })
    this.timer ??= setTimeout(() => this.send(), BATCH_MS)
  }

  /** Writes what is there and waits for it. */
  async flush(): Promise<void> {
    this.send()
    await this.writing
  }

  private send(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.writing = this.writing.then(async () => {
      const report = this.pending
      if (!report.progress && !report.points.length && !report.logs.length) return
      this.pending = empty()
      await this.write(report)
    })
  }
}

function empty(): Report {
  return { progress: null, points: [], logs: [] }
}
