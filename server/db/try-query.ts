// Queries that people try against a checkpoint: a step without a run, made by a worker like every other, forgotten after an hour. Called by app/api.
import { AppError } from '@/contract/errors'
import { planTryQuery } from '@/contract/pipeline'
import type { StepInputs, StepParams } from '@/contract/step'
import { TryResult, type NewTry, type TriedQuery } from '@/contract/query'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { changePlan } from './change'
import type { Database, Tx } from './client'
import { stepRow } from './launch'
import { findRun } from './runs'
import { liveCapabilities } from './workers'

const DEPTH = 20
const KEPT_MS = 3_600_000

/** Queues the search and returns its step. Throws not-found or conflict with words where the checkpoint cannot be searched any more. */
export async function tryQuery(db: Database, runId: string, { text, checkpoint }: NewTry): Promise<string> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, runId)
    const search = await c.tx.step.findFirst({ where: { runId, kind: 'retrieve', state: 'succeeded', checkpointStep: checkpoint ?? { not: null } }, orderBy: { checkpointStep: 'desc' } })
    if (!search) throw new AppError('not-found', `Run ${run.name} has no encoder that was searched with${checkpoint === undefined ? '' : ` at step ${checkpoint}`}; try a run that is trained, after its first checkpoint`)
    const { encoder, device } = search.params as unknown as StepParams['retrieve']
    const { dataset, tokens, checkpoint: weights, docs } = search.inputs as unknown as StepInputs['retrieve']
    const plan = planTryQuery({ encoder, text, depth: DEPTH, device }, { dataset, tokens, checkpoint: weights, docs }, sha256)
    const needed = [dataset, tokens, weights, docs]
    const there = await c.tx.artifact.count({ where: { key: { in: needed } } })
    if (there < new Set(needed).size) throw new AppError('conflict', `The weights or document embeddings of ${run.name} at step ${search.checkpointStep} were removed to make room; try its last checkpoint, or launch a clone`)
    await c.tx.step.deleteMany({ where: { kind: 'try-query', runId: null, state: { in: ['succeeded', 'failed', 'cancelled'] }, finishedAt: { lt: new Date(Date.now() - KEPT_MS) } } })
    const row = stepRow(plan)
    await c.tx.step.create({ data: { ...row, ordinal: 0 } })
    await advance(c)
    return row.id
  })
}

/** How a tried query fares; `rows` are its documents once it is done. Throws not-found. */
export async function readTry(tx: Tx, stepId: string): Promise<Omit<TriedQuery, 'docs'> & { result: TryResult | null }> {
  const step = await tx.step.findFirst({ where: { id: stepId, kind: 'try-query' } })
  if (!step) throw new AppError('not-found', 'This query was tried more than an hour ago; try it again')
  const idle = step.state === 'queued' && (await liveCapabilities(tx)).length === 0 ? 'No worker runs; start one with ./drhard worker' : null
  return { id: step.id, state: step.state as TriedQuery['state'], reason: step.reason ?? idle, result: step.state === 'succeeded' ? TryResult.parse(step.result) : null }
}
