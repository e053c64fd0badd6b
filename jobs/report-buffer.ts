// Gathers what a step's process reports and writes it in batches; what could not be written is kept and written later. Called by
// jobs/step-run.ts.
import type { Report } from '@/server/db/steps'
import { redact } from './redact-env'
import type { StepReport } from './step-process'

const BATCH_MS = 250
const RETRY_MS = 1000
const MAX_LINE = 4000
/** Lines kept while the database does not answer. */
const MAX_LINES = 20_000

/** One write at a time, at most every 250 ms; what arrives meanwhile goes into the next. */
export class ReportBuffer {
  private pending: Report = empty()
  private timer: NodeJS.Timeout | null = null
  private writing: Promise<void> = Promise.resolve()

  /** `write` stores a batch; where it throws, `onError` hears of it and the batch is written again later. */
  constructor(
    private readonly write: (report: Report) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(report: StepReport): void {
    const { pending } = this
    if (report.type === 'progress') pending.progress = report.progress
    if (report.type === 'metrics') pending.points.push(...report.points)
    if (report.type === 'sample') pending.samples.push(report.sample)
    if (report.type === 'log') {
      pending.logs.push({ level: report.level, line: redact(report.line.replaceAll('\0', '')).slice(0, MAX_LINE) })
      if (pending.logs.length > MAX_LINES) pending.logs.splice(0, 2, { level: 'warn', line: 'Lines are missing here: the database did not answer for too long' })
    }
    this.timer ??= setTimeout(() => void this.send(), BATCH_MS)
  }

  /** Writes what is there and waits for it, trying again until it is written or `giveUp` says so. */
  async flush(giveUp: () => boolean): Promise<void> {
    await this.send()
    while (!isEmpty(this.pending) && !giveUp()) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      await this.send()
    }
    if (this.timer) clearTimeout(this.timer)
  }

  private send(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.writing = this.writing.then(async () => {
      const report = this.pending
      if (isEmpty(report)) return
      this.pending = empty()
      try {
        await this.write(report)
      } catch (error) {
        this.onError(error)
        this.pending = joined(report, this.pending)
        this.timer ??= setTimeout(() => void this.send(), RETRY_MS)
      }
    })
    return this.writing
  }
}

function empty(): Report {
  return { progress: null, points: [], logs: [], samples: [] }
}

function isEmpty({ progress, points, logs, samples }: Report): boolean {
  return !progress && !points.length && !logs.length && !samples.length
}

function joined(older: Report, newer: Report): Report {
  return { progress: newer.progress ?? older.progress, points: [...older.points, ...newer.points], logs: [...older.logs, ...newer.logs], samples: [...older.samples, ...newer.samples] }
}
