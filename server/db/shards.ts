// Shares a large encode or search step out over the workers that are there: it waits for its parts, which are steps of their own, and then
// joins them. Called when a worker is about to claim it (server/db/steps.ts), because only then is it known how many could help.
import { DatasetCounts } from '@/contract/dataset'
import { stepCode, type StepInputs, type StepParams } from '@/contract/step'
import { planShards } from '@/contract/shards'
import type { StepKind } from '@/contract/run'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import type { Change } from './change'
import { stepRow } from './launch'
import { emitStep, type StepRow } from './step-row'
import { liveSlots } from './workers'

const PART_KINDS = { encode: 'encode-shard', retrieve: 'retrieve-shard' } satisfies Partial<Record<StepKind, StepKind>>

/** Splits the step where it is worth it. True where it was split: then there is nothing to claim yet. */
export async function shareOut(change: Change, stepId: string): Promise<boolean> {
  const step = await change.tx.step.findUnique({ where: { id: stepId }, include: { run: { include: { dataset: { select: { counts: true } } } } } })
  if (step?.state !== 'queued' || !step.run || (step.kind !== 'encode' && step.kind !== 'retrieve')) return false
  const inputs = step.inputs as Record<string, string>
  const counts = DatasetCounts.nullable().parse(step.run.dataset.counts)
  if ('shard0' in inputs || !counts) return false
  const needs = { device: step.device, memoryBytes: Number(step.memoryBytes) }
  const workers = await liveSlots(change.tx, { ...needs, code: stepCode(PART_KINDS[step.kind]) })
  // parameters and inputs were planned for this kind, which a row cannot say
  const shared = { kind: step.kind, label: step.label, params: step.params as unknown as StepParams['retrieve'], inputs: inputs as StepInputs['retrieve'] } as Parameters<typeof planShards>[0]
  const queries = shared.kind === 'retrieve' ? counts.queries[(shared.params as StepParams['retrieve']).split] : 0
  const parts = planShards(shared, { docs: counts.docs, queries, workers }, sha256)
  if (!parts.length) return false
  const { _max } = await change.tx.step.aggregate({ _max: { ordinal: true }, where: { runId: step.runId } })
  const diskBytes = step.kind === 'encode' ? step.diskBytes / BigInt(parts.length) : step.diskBytes
  await change.tx.step.createMany({ data: parts.map((part, i) => ({ ...stepRow(part, needs.memoryBytes), diskBytes, runId: step.runId, ordinal: _max.ordinal! + 1 + i })) })
  const keys = parts.filter((part) => part.kind === PART_KINDS[shared.kind]).map((part) => part.key)
  const shards = Object.fromEntries(keys.map((key, i) => [`shard${i}`, key]))
  const [row] = await change.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'waiting', reason = ${`Shared out over ${parts.length} workers`}, inputs = ${JSON.stringify({ ...inputs, ...shards })}::jsonb, depends_on = depends_on || ${keys}::text[] WHERE id = ${stepId} RETURNING s.*`
  emitStep(change, row)
  await advance(change)
  return true
}
