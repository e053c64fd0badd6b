// The worker's side of a step's process: spawned ahead of time, given one step, cancelled, killed. Called by jobs/server.ts.
import { spawn, type ChildProcess } from 'node:child_process'
import { ChildMessage } from '@/contract/event'
import type { ResourceSample } from '@/contract/resources'
import { withoutSecrets } from '@/server/access/redact'
import { LineSplitter } from './line-splitter'
import type { ParentMessage, ReadyMessage, StepOrder } from './step-message'

/** How a step's process ended. */
export type StepOutcome =
  | { type: 'done'; result: unknown }
  | { type: 'failed'; code: string; message: string; stack?: string; artifactKey?: string }
  /** `lastLines` is the end of what it wrote to standard error. */
  | { type: 'lost'; how: string; signal: NodeJS.Signals | null; lastLines: string }

const LAST_LINES = 20

/** What a step's process says while it works, and what the worker sees of it. */
export type StepReport = Exclude<ChildMessage, { type: 'done' } | { type: 'failed' }> | { type: 'sample'; sample: ResourceSample }

/** A process that waits for a step. */
export class StepProcess {
  private readonly child: ChildProcess
  private readonly ended: Promise<StepOutcome>
  private onReport: (report: StepReport) => void = () => undefined
  private killTimer: NodeJS.Timeout | undefined

  /** `file` is the bundled entry (jobs/child-bundle.ts). */
  constructor(file: string) {
    this.child = spawn(process.execPath, ['--enable-source-maps', file], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      // Huge pages make matrix products up to 40 % faster (docs: DESIGN section 1, MLAS per core).
      env: { ...withoutSecrets(process.env), GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1', OMP_WAIT_POLICY: 'passive' }, // the latter for faiss, whose OpenMP and OpenBLAS threads spin against each other
      // Its own process group: Ctrl-C on a terminal goes to the worker, and only the worker decides when a step stops.
      detached: true,
    })
    this.child.stdin!.on('error', () => undefined) // it is gone: `exit` tells
    const lastLines: string[] = []
    for (const [stream, level] of [[this.child.stdout!, 'info'], [this.child.stderr!, 'warn']] as const) {
      const splitter = new LineSplitter()
      const tell = (lines: string[]) => {
        for (const line of lines) {
          this.onReport({ type: 'log', level, line })
          if (level === 'warn' && lastLines.push(line) > LAST_LINES) lastLines.shift()
        }
      }
      stream.setEncoding('utf8').on('data', (piece: string) => tell(splitter.push(piece)))
      stream.once('end', () => tell(splitter.end()))
    }
    this.ended = new Promise((resolve) => {
      let outcome: StepOutcome | null = null
      this.child.on('message', (message: ChildMessage | ReadyMessage) => {
        if (message.type === 'ready') return
        const parsed = ChildMessage.parse(message)
        if (parsed.type === 'done' || parsed.type === 'failed') outcome = parsed
        else this.onReport(parsed)
      })
      this.child.once('error', (error) => resolve({ type: 'lost', how: `could not be started: ${error.message}`, signal: null, lastLines: '' }))
      // `close` comes when the output is read to its end, so that no last line is lost.
      this.child.once('close', (code, signal) => {
        clearTimeout(this.killTimer)
        resolve(outcome ?? { type: 'lost', how: signal ? `was killed (${signal})` : `ended with code ${code} and no result`, signal, lastLines: lastLines.join('\n') })
      })
    })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  /** Runs the step to its end. Resolves in any case. */
  run(order: StepOrder, onReport: (report: StepReport) => void): Promise<StepOutcome> {
    this.onReport = onReport
    this.tell({ type: 'start', order })
    return this.ended
  }

  /** Asks the step to save and stop, and kills it if it has not after the grace. */
  cancel(graceMs: number): void {
    if (this.killTimer) return
    this.tell({ type: 'cancel' })
    this.child.stdin!.write('c')
    this.killTimer = setTimeout(() => this.kill(), graceMs)
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  private tell(message: ParentMessage): void {
    if (this.child.connected) this.child.send(message)
  }
}
