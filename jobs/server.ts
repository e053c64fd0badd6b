// The job server: claims steps, runs each in a process of its own, keeps its lease, writes what it reports, ends it. Called by
// jobs/worker.ts and by tests with steps of their own.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import packageJson from '@/package.json'
import { AppError } from '@/contract/errors'
import type { Database } from '@/server/db/client'
import { pruneProgress } from '@/server/db/events'
import { listen } from '@/server/db/listen'
import { cancelStep, failStep, publishStep, recordReport, releaseStep, renewLeases, sweepSteps, unfinishedKeys, type ClaimedStep, type Fence } from '@/server/db/steps'
import { beatWorker, pruneWorkers, registerWorker, stopWorker, unstoppedWorkers } from '@/server/db/workers'
import { readManifest } from '@/server/files/artifact'
import { openStepSource } from './queue'
import { ReportBuffer } from './report-buffer'
import { StepProcess, type StepOutcome } from './step-process'

const BEAT_MS = 2000
const SWEEP_MS = 5000
/** A worker that misses this many milliseconds of heartbeats loses its steps. Its steps run in other processes, so a busy step delays no heartbeat. */
const LEASE_MS = 15_000
/** How long a cancelled step may take to save before it is killed. */
const GRACE_MS = 10_000
const HOUR_MS = 3_600_000

export interface WorkerOptions {
  db: Database
  url: string
  dataDir: string
  /** The bundled entry of step processes (jobs/child-bundle.ts). */
  childFile: string
  /** Steps that run at the same time; each gets its share of the cores. */
  slots: number
  log: (line: string) => void
  leaseMs?: number
  beatMs?: number
  graceMs?: number
}

export interface RunningWorker {
  id: string
  /** Stops: running steps save and go back to the queue. Resolves when all is written. */
  drain(): Promise<void>
}

/** Why a running step is being stopped. */
type Stop = 'cancel' | 'drain' | 'disowned'

interface Active {
  fence: Fence
  process: StepProcess
  stop: Stop | null
}

/** Registers a worker and lets it work until it is drained. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { db, url, dataDir, childFile, slots, log, leaseMs = LEASE_MS, beatMs = BEAT_MS, graceMs = GRACE_MS } = options
  const id = `${os.hostname().slice(0, 20)}-${process.pid}-${randomBytes(2).toString('hex')}`
  const cores = os.availableParallelism()
  const artifactsDir = path.join(dataDir, 'artifacts')
  const active = new Map<string, Active>()
  let draining = false
  let spare = new StepProcess(childFile)

  await registerWorker(db, { id, host: os.hostname(), pid: process.pid, cores, memoryBytes: os.totalmem(), version: packageJson.version })
  await cleanFolders(db, dataDir)
  const sweep = async () => {
    const { lapsed, resent } = await sweepSteps(db, await goneWorkers(db, id))
    if (lapsed) log(`took back ${lapsed} step(s) of lost workers`)
    if (resent) log(`sent ${resent} step(s) again that the queue had lost`)
  }
  await sweep()

  const stopStep = (step: Active, why: Stop) => {
    if (step.stop) return
    step.stop = why
    if (why === 'disowned') step.process.kill()
    else step.process.cancel(graceMs)
  }
  const keepLeases = async () => {
    const owned = await renewLeases(db, id, leaseMs)
    for (const step of active.values()) {
      const lease = owned.find((o) => o.id === step.fence.stepId && o.attempt === step.fence.attempt)
      if (!lease) stopStep(step, 'disowned')
      else if (lease.cancel) stopStep(step, 'cancel')
    }
  }
  const timers = [
    every(beatMs, async () => {
      await beatWorker(db, id)
      await keepLeases()
    }),
    every(SWEEP_MS, sweep),
    every(HOUR_MS, async () => {
      await pruneProgress(db, HOUR_MS)
      await pruneWorkers(db)
    }),
  ]
  const unlisten = listen(url, 'drhard_cancel', () => void keepLeases().catch(report))
  const source = openStepSource({ db, url, workerId: id, leaseMs, onError: report })

  function report(error: unknown): void {
    log(`database: ${error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)}; trying again`)
  }

  /** Calls `work` at intervals, never twice at a time; errors are of the database and pass. */
  function every(ms: number, work: () => Promise<void>): { stop: () => void } {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      void work().catch(report).finally(() => (busy = false))
    }, ms)
    return { stop: () => clearInterval(timer) }
  }

  async function runStep(step: ClaimedStep): Promise<void> {
    const fence: Fence = { stepId: step.id, attempt: step.attempt, workerId: id }
    const workDir = path.join(dataDir, 'work', step.key)
    const running: Active = { fence, process: spare, stop: null }
    spare = new StepProcess(childFile)
    active.set(step.id, running)
    if (draining) stopStep(running, 'drain')
    const startedAt = performance.now()
    const buffer = new ReportBuffer(async (batch) => {
      const owned = await recordReport(db, fence, batch).catch((error) => {
        report(error)
        return true
      })
      if (!owned) stopStep(running, 'disowned')
    })
    const threads = Math.max(1, Math.floor(cores / slots))
    const { kind, key, params, inputs } = step
    const outcome = await running.process.run({ kind, key, params, inputs, artifactsDir, workDir, threads }, (message) => buffer.add(message))
    if (outcome.type === 'failed' && outcome.stack) buffer.add({ type: 'log', level: 'error', line: outcome.stack })
    await buffer.flush()
    active.delete(step.id)
    if (running.stop !== 'disowned') await persist(fence, () => endStep(step, fence, outcome, running.stop, artifactsDir))
    if (outcome.type === 'done') fs.rmSync(workDir, { recursive: true, force: true })
    log(`${step.label} (${step.kind}, attempt ${step.attempt}): ${describe(outcome, running.stop)} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }

  async function endStep(step: ClaimedStep, fence: Fence, outcome: StepOutcome, stop: Stop | null, root: string): Promise<void> {
    if (outcome.type === 'done') {
      const manifest = readManifest(root, step.key)
      if (!manifest) throw new AppError('broken', `The step reported its artifact ${step.key}, but ${root} has none`)
      await publishStep(db, fence, manifest)
    } else if (stop === 'cancel') await cancelStep(db, fence)
    else if (stop === 'drain') await releaseStep(db, fence)
    else if (outcome.type === 'failed') await failStep(db, fence, { reason: outcome.message, retry: false })
    else await failStep(db, fence, { reason: `Its process ${outcome.how}${outcome.how.includes('SIGKILL') ? '; the system may be out of memory' : ''}`, retry: true })
  }

  /** Writes the end of a step; while Postgres does not answer, again and again, because the work is done. An artifact that cannot be used fails the step. */
  async function persist(fence: Fence, write: () => Promise<void>): Promise<void> {
    for (let attempts = 0; attempts < (draining ? 3 : Infinity); attempts++) {
      try {
        return await write()
      } catch (error) {
        if (error instanceof AppError || error instanceof z.ZodError) {
          const reason = error instanceof AppError ? error.message : `Its result is not what was expected: ${z.prettifyError(error)}`
          return persist(fence, async () => void (await failStep(db, fence, { reason, retry: false })))
        }
        report(error)
        await sleep(1000)
      }
    }
  }

  const loops = Array.from({ length: slots }, async () => {
    for (;;) {
      const step = await source.next()
      if (!step) return
      await runStep(step)
    }
  })
  log(`worker ${id} is ready: ${slots} step(s) at a time, ${Math.max(1, Math.floor(cores / slots))} thread(s) each`)

  return {
    id,
    async drain() {
      draining = true
      source.close()
      for (const step of active.values()) stopStep(step, 'drain')
      await Promise.all(loops)
      for (const timer of timers) timer.stop()
      unlisten()
      spare.kill()
      await stopWorker(db, id).catch(report)
    },
  }
}

function describe(outcome: StepOutcome, stop: Stop | null): string {
  if (outcome.type === 'done') return 'published'
  if (stop) return { cancel: 'cancelled', drain: 'given back', disowned: 'dropped, it is no longer ours' }[stop]
  return outcome.type === 'failed' ? `failed: ${outcome.message}` : outcome.how
}

/** Workers of this host whose process is gone: their steps need not wait for the lease. */
async function goneWorkers(db: Database, self: string): Promise<string[]> {
  const gone = (await unstoppedWorkers(db, os.hostname())).filter((worker) => worker.id !== self && !isAlive(worker.pid))
  for (const worker of gone) await stopWorker(db, worker.id)
  return gone.map((worker) => worker.id)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes what killed processes left: half-written artifacts, folders of deleted ones, state of steps that no run needs. */
async function cleanFolders(db: Database, dataDir: string): Promise<void> {
  const artifacts = path.join(dataDir, 'artifacts')
  const work = path.join(dataDir, 'work')
  for (const folder of [artifacts, work]) fs.mkdirSync(folder, { recursive: true })
  for (const name of fs.readdirSync(artifacts)) {
    const writer = /\.partial-(\d+)-/.exec(name)
    if (name.includes('.deleted-') || (writer && !isAlive(Number(writer[1])))) fs.rmSync(path.join(artifacts, name), { recursive: true, force: true })
  }
  const keys = fs.readdirSync(work)
  const needed = await unfinishedKeys(db, keys)
  for (const key of keys) if (!needed.has(key)) fs.rmSync(path.join(work, key), { recursive: true, force: true })
}
