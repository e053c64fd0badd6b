// The job server: claims steps, runs each in a process of its own, keeps its lease, takes back what lost workers held. Called by
// jobs/worker.ts and by tests with steps of their own.
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import packageJson from '@/package.json'
import type { Capabilities } from '@/contract/needs'
import type { Database } from '@/server/db/client'
import { pruneProgress } from '@/server/db/events'
import { listen } from '@/server/db/listen'
import { packEndedRuns } from '@/server/db/metric-chunks'
import { releaseForgotten, renewLeases, sweepSteps, type ClaimedStep } from '@/server/db/steps'
import { beatWorker, drainWorker, pruneWorkers, registerWorker, stopWorker, unstoppedWorkers } from '@/server/db/workers'
import { isAlive } from '@/server/files/process-alive'
import { openStore, type ArtifactStore } from '@/server/store/store'
import { findCapabilities } from './capabilities'
import { cleanFolders } from './clean-folders'
import { openStepSource } from './queue'
import { StepProcess } from './step-process'
import { StepRun } from './step-run'
import { sendWebhooks } from './webhooks'

const BEAT_MS = 2000
const SWEEP_MS = 5000
const WEBHOOK_MS = 2000
const PACK_MS = 10_000
/**
 * A worker that cannot renew its leases for this long loses its steps. Its steps run in other processes, so a busy step delays no
 * heartbeat; Postgres may restart, or be away for 20 s, without a step being begun twice.
 */
const LEASE_MS = 30_000
/** Leases after which a worker that is cut off drops its steps itself. Two attempts never share a work folder, and publish all or nothing. */
const CUT_OFF_LEASES = 1.5
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
  /** What it announces; absent: what the machine has. */
  capabilities?: Capabilities
  /** Where artifacts are kept for all workers; absent: the data folder of this one. */
  store?: ArtifactStore
  /** The local folder of artifacts, where steps read and write. */
  artifactsDir?: string
  leaseMs?: number
  beatMs?: number
  graceMs?: number
}

export interface RunningWorker {
  id: string
  /** Stops: running steps save and go back to the queue. Resolves when all is written. */
  drain(): Promise<void>
}

/** Registers a worker and lets it work until it is drained. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { db, url, dataDir, childFile, slots, log, leaseMs = LEASE_MS, beatMs = BEAT_MS, graceMs = GRACE_MS } = options
  const id = `${os.hostname().slice(0, 20)}-${process.pid}-${randomBytes(2).toString('hex')}`
  const cores = os.availableParallelism()
  const artifactsDir = options.artifactsDir ?? path.join(dataDir, 'artifacts')
  const store = options.store ?? openStore({ root: artifactsDir, location: null })
  const capabilities = options.capabilities ?? findCapabilities()
  const active = new Map<string, StepRun>()
  let draining = false
  let spare = new StepProcess(childFile)

  await registerWorker(db, { id, host: os.hostname(), pid: process.pid, cores, version: packageJson.version, slots, store: store.name, ...capabilities })
  await cleanFolders(db, { dataDir, artifactsDir, isCache: store.isRemote })

  let renewedAt = performance.now()
  const keepLeases = async () => {
    const asOf = performance.now()
    const held = [...active.values()]
    const owned = await renewLeases(db, id, leaseMs)
    renewedAt = asOf
    for (const run of held) {
      const lease = owned.find((o) => o.id === run.fence.stepId && o.attempt === run.fence.attempt)
      if (!lease) run.stop('disowned')
      else if (lease.cancel) run.stop('cancel')
    }
    // Ours, but not at work here: its attempt was dropped while the database was away.
    const forgotten = owned.filter((o) => !active.has(o.id))
    if (forgotten.length) await releaseForgotten(db, id, forgotten)
  }
  /** Cut off from the database for longer than a lease, others have begun our steps: what we go on with would be thrown away. */
  const dropIfCutOff = () => {
    if (performance.now() - renewedAt > CUT_OFF_LEASES * leaseMs) for (const run of active.values()) run.stop('disowned')
  }
  const sweep = async () => {
    await keepLeases() // or a worker that was stopped for a while would take its own steps back
    const { lapsed, resent } = await sweepSteps(db, await goneWorkers(db, id), leaseMs)
    if (lapsed) log(`took back ${lapsed} step(s) of lost workers`)
    if (resent) log(`sent ${resent} step(s) again that the queue had lost`)
  }
  await sweep()

  const cutOffTimer = setInterval(dropIfCutOff, 1000)
  const timers = [
    every(beatMs, async () => {
      await beatWorker(db, id)
      await keepLeases()
    }),
    every(SWEEP_MS, sweep),
    every(WEBHOOK_MS, () => sendWebhooks(db)),
    every(PACK_MS, async () => void (await packEndedRuns(db))),
    every(HOUR_MS, async () => {
      await pruneProgress(db, HOUR_MS)
      await pruneWorkers(db)
    }),
  ]
  const unlisten = listen(url, 'drhard_cancel', () => void keepLeases().catch(report))
  const source = openStepSource({ db, url, workerId: id, capabilities, leaseMs, onError: report })

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
    const threads = Math.max(1, Math.floor(cores / slots))
    const run = new StepRun({ db, workerId: id, step, process: spare, dataDir, artifactsDir, store, threads, graceMs, isDraining: () => draining, log, onError: report })
    spare = new StepProcess(childFile)
    active.set(step.id, run)
    if (draining) run.stop('drain')
    await run.run()
    active.delete(step.id)
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
      await drainWorker(db, id).catch(report)
      source.close()
      for (const run of active.values()) run.stop('drain')
      await Promise.all(loops)
      for (const timer of timers) timer.stop()
      clearInterval(cutOffTimer)
      unlisten()
      spare.kill()
      await stopWorker(db, id).catch(report)
    },
  }
}

/** Workers of this host whose process is gone: their steps need not wait for the lease. */
async function goneWorkers(db: Database, self: string): Promise<string[]> {
  const gone = (await unstoppedWorkers(db, os.hostname())).filter((worker) => worker.id !== self && !isAlive(worker.pid))
  for (const worker of gone) await stopWorker(db, worker.id)
  return gone.map((worker) => worker.id)
}
