// One step on its way through a worker: its process, its reports, its end, written even if Postgres is away for a while. Called by
// jobs/server.ts.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { megabytes } from '@/contract/units'
import type { Database } from '@/server/db/client'
import { roomForArtifacts } from '@/server/db/room'
import { cancelStep, failStep, publishStep, recordReport, releaseStep, type ClaimedStep, type Failure, type Fence } from '@/server/db/steps'
import { readManifest } from '@/server/files/artifact'
import type { ArtifactStore } from '@/server/store/store'
import { countOomKills, failureOf } from './failure-cause'
import { redact } from './redact-env'
import { ReportBuffer } from './report-buffer'
import { sampleProcess } from './resource-sampler'
import type { StepProcess, StepOutcome } from './step-process'

/** Why a running step is being stopped; `disowned`: another attempt has it, or may have it soon. */
export type Stop = 'cancel' | 'drain' | 'disowned'

export interface StepRunOptions {
  db: Database
  workerId: string
  step: ClaimedStep
  process: StepProcess
  dataDir: string
  artifactsDir: string
  store: ArtifactStore
  threads: number
  graceMs: number
  /** True once the worker is to stop: then writing is tried a few times only. */
  isDraining: () => boolean
  log: (line: string) => void
  onError: (error: unknown) => void
}

const DRAIN_TRIES = 3

/** A step that runs. */
export class StepRun {
  readonly fence: Fence
  private why: Stop | null = null
  private tries = 0

  constructor(private readonly options: StepRunOptions) {
    const { step, workerId } = options
    this.fence = { stepId: step.id, attempt: step.attempt, workerId }
  }

  stop(why: Stop): void {
    if (this.why === 'disowned' || this.why === why) return
    const { process, graceMs } = this.options
    if (why === 'disowned') process.kill()
    else if (!this.why) process.cancel(graceMs)
    this.why = why
  }

  /** Runs the step to its end and writes that. Resolves in any case. */
  async run(): Promise<void> {
    const { db, step, dataDir, log, onError } = this.options
    const workDir = path.join(dataDir, 'work', step.key)
    const startedAt = performance.now()
    const oomBefore = countOomKills()
    const buffer = new ReportBuffer(async (batch) => {
      if (!(await recordReport(db, this.fence, batch))) this.stop('disowned')
    }, onError)
    const outcome = await this.work(workDir, buffer)
    if (outcome.type === 'failed' && outcome.stack) buffer.add({ type: 'log', level: 'error', line: outcome.stack })
    await buffer.flush(() => this.givesUp())
    if (this.why !== 'disowned') await this.persist(() => this.writeEnd(outcome, countOomKills() - oomBefore))
    if (outcome.type === 'done') fs.rmSync(workDir, { recursive: true, force: true })
    log(`${step.label} (${step.kind}, attempt ${step.attempt}): ${describe(outcome, this.why)} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }

  /** Brings the inputs, lets the process work, and takes the artifact to the store. */
  private async work(workDir: string, buffer: ReportBuffer): Promise<StepOutcome> {
    const { step, process, dataDir, artifactsDir, store, threads } = this.options
    const { kind, key, params, inputs, chunkScale, remake } = step
    try {
      const room = await roomForArtifacts(this.options.db)
      if (room !== null && step.diskBytes > room) {
        process.kill()
        return { type: 'failed', code: 'no-space', message: `It needs about ${megabytes(step.diskBytes)} of disk, ${megabytes(room)} are free; run ./drhard artifacts gc, or raise DRHARD_DISK_QUOTA` }
      }
      // What nobody has is found missing by the step itself, and made again.
      for (const input of Object.values(inputs)) await store.fetch(input)
    } catch (error) {
      process.kill()
      return failureOutcome(error)
    }
    const order = { kind, key, params, inputs, artifactsDir, workDir, verifiedDir: path.join(dataDir, 'verified'), threads, chunkScale, remake }
    const sampler = process.pid ? sampleProcess(process.pid, (sample) => buffer.add({ type: 'sample', sample })) : null
    const outcome = await process.run(order, (message) => buffer.add(message))
    sampler?.stop()
    if (outcome.type !== 'done') return outcome
    try {
      await store.publish(key)
      return outcome
    } catch (error) {
      return failureOutcome(error)
    }
  }

  /** A damaged input that the store has whole was damaged on this machine only: it is there again. */
  private async findFailure(outcome: Exclude<StepOutcome, { type: 'done' }>, oomKills: number): Promise<Failure> {
    const failure = failureOf(outcome, { oomKills })
    const reason = redact(failure.reason)
    if (failure.damagedKey && (await this.options.store.fetch(failure.damagedKey).catch(() => false))) return { reason: `${reason}; it is fetched again from the store`, cause: 'unavailable' }
    return { ...failure, reason }
  }

  private async writeEnd(outcome: StepOutcome, oomKills: number): Promise<void> {
    const { db, step, artifactsDir } = this.options
    if (outcome.type === 'done') {
      const manifest = readManifest(artifactsDir, step.key)
      if (!manifest) throw new AppError('broken', `The step reported its artifact ${step.key}, but ${artifactsDir} has none`)
      await publishStep(db, this.fence, manifest)
    } else if (this.why === 'cancel') await cancelStep(db, this.fence)
    else if (this.why === 'drain') await releaseStep(db, this.fence)
    else await failStep(db, this.fence, await this.findFailure(outcome, oomKills))
  }

  /** Writes the end of a step; while Postgres does not answer, again and again, because the work is done. An artifact that cannot be used fails the step. */
  private async persist(write: () => Promise<void>): Promise<void> {
    while (!this.givesUp()) {
      try {
        return await write()
      } catch (error) {
        if (error instanceof AppError || error instanceof z.ZodError) {
          const reason = error instanceof AppError ? error.message : `Its result is not what was expected: ${z.prettifyError(error)}`
          return this.persist(async () => void (await failStep(this.options.db, this.fence, { reason, cause: 'bug' })))
        }
        this.options.onError(error)
        await sleep(1000)
      }
    }
  }

  /** A worker that is to stop does not wait for Postgres for ever: what is not written is found again by the next attempt. */
  private givesUp(): boolean {
    return this.why === 'disowned' || (this.options.isDraining() && ++this.tries > DRAIN_TRIES)
  }
}

function failureOutcome(error: unknown): StepOutcome {
  return { type: 'failed', code: error instanceof AppError ? error.code : 'broken', message: (error as Error).message }
}

function describe(outcome: StepOutcome, stop: Stop | null): string {
  if (outcome.type === 'done') return 'published'
  if (stop) return { cancel: 'cancelled', drain: 'given back', disowned: 'dropped, it is no longer ours' }[stop]
  return outcome.type === 'failed' ? `failed: ${outcome.message}` : outcome.how
}
