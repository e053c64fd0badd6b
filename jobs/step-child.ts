// A process that runs one step for a worker: gets it by IPC, reports by IPC, and exits. jobs/child.ts is its entry, and tests have
// entries with steps of their own. It never touches Postgres.
import { Worker } from 'node:worker_threads'
import { AppError } from '@/contract/errors'
import type { ChildMessage, LogLevel, MetricPoint } from '@/contract/event'
import type { Progress } from '@/contract/progress'
import { DamagedArtifact } from '@/server/files/verify'
import { MetricJournal } from './metric-journal'
import { runStep, type StepListener } from './run-step'
import type { STEPS } from './step'
import type { ParentMessage, ReadyMessage } from './step-message'

/** Reports go out at most this often. */
const REPORT_MS = 200

/** Waits for a step and runs it. Called once, by the entry of the process. */
export function serveStep(steps: typeof STEPS): void {
  process.on('disconnect', () => process.exit(1))
  const abort = watchParent()
  process.on('message', (message: ParentMessage) => {
    if (message.type === 'cancel') abort.abort()
    else void work(message, steps, abort.signal)
  })
  send({ type: 'ready' })
}

async function work({ order }: Extract<ParentMessage, { type: 'start' }>, steps: typeof STEPS, signal: AbortSignal): Promise<void> {
  const journal = new MetricJournal(order.workDir)
  // What an attempt that was killed had measured may not have reached the database.
  for (const points of journal.read()) send({ type: 'metrics', points })
  const reporter = new Reporter(journal)
  let last: ChildMessage
  try {
    const result = await runStep({ order, steps, signal, listener: reporter, clock: () => performance.now() })
    last = { type: 'done', result: result ?? null }
  } catch (error) {
    const { code, message, stack } = error instanceof AppError ? error : { code: 'broken', message: error instanceof Error ? error.message : String(error), stack: (error as Error)?.stack }
    const artifactKey = error instanceof DamagedArtifact ? error.artifactKey : undefined
    last = { type: 'failed', code, message, stack: code === 'broken' && !artifactKey ? stack : undefined, artifactKey }
  }
  reporter.flush()
  process.send!(last, () => process.exit(0))
}

function send(message: ChildMessage | ReadyMessage): void {
  process.send?.(message)
}

/** Thins out what a step reports. It sends from within the step's own calls, because a synchronous loop lets no timer run. */
class Reporter implements StepListener {
  private latest: Progress | null = null
  private points: MetricPoint[] = []
  private sentAt = 0

  constructor(private readonly journal: MetricJournal) {}

  progress = (progress: Progress): void => {
    this.latest = progress
    if (progress.done >= progress.total) this.flush()
    else this.flushIfDue()
  }

  metrics = (points: MetricPoint[]): void => {
    const finite = points.filter(({ value }) => Number.isFinite(value))
    for (const { name, step, value } of points) if (!Number.isFinite(value)) this.log('warn', `${name} at step ${step} is ${value}; it is not drawn`)
    // Before the step saves: a state is never later than the points that led to it.
    if (finite.length) this.journal.append(finite)
    this.points.push(...finite)
    this.flushIfDue()
  }

  log = (level: LogLevel, line: string): void => send({ type: 'log', level, line })

  flush(): void {
    this.sentAt = performance.now()
    if (this.points.length) send({ type: 'metrics', points: this.points })
    if (this.latest) send({ type: 'progress', progress: this.latest })
    this.points = []
    this.latest = null
  }

  private flushIfDue(): void {
    if (performance.now() - this.sentAt >= REPORT_MS) this.flush()
  }
}

/**
 * Watches the worker from a thread, through standard input: a byte means cancel, its end means that the worker is gone. A step that
 * loops synchronously hears no IPC; through the shared flag it sees `signal.aborted` turn true all the same, and an orphan dies
 * at once even inside a native call, so that it never writes beside the next attempt.
 */
function watchParent(): AbortController {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(WATCHER, { eval: true, workerData: flag.buffer })
  thread.unref()
  const controller = new AbortController()
  const real = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!
  Object.defineProperty(controller.signal, 'aborted', { get: () => Atomics.load(flag, 0) === 1 || real.get!.call(controller.signal) })
  return controller
}

const WATCHER = `
const net = require('node:net')
const { workerData } = require('node:worker_threads')
const flag = new Int32Array(workerData)
const worker = new net.Socket({ fd: 0, readable: true, writable: false })
const orphaned = () => process.kill(process.pid, 'SIGKILL')
worker.on('data', () => Atomics.store(flag, 0, 1))
worker.on('end', orphaned)
worker.on('error', orphaned)
`
