// Estimates a launch: what contract/estimate.ts says of every new step, corrected by what such steps took here. Called by app/api/plan and,
// to refuse what does not fit, by server/db/launch.ts.
import { DatasetCounts } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { estimateStep, UNKNOWN_SIZE, type DataSize } from '@/contract/estimate'
import type { LaunchPlan, PlannedStep } from '@/contract/plan'
import type { StepPlan } from '@/contract/step'
import type { StepKind } from '@/contract/run'
import { gigabytes } from '@/contract/units'
import type { Tx } from './client'
import { liveCapacity } from './workers'

/** Steps of a kind that are looked back at. */
const LOOK_BACK = 12
/** A measured peak is seen every two seconds only, and the next data are not the last. */
const MARGIN = 1.25

/** Per kind of step, how much more than estimated it took here (median), and seconds per unit of work. */
interface Corrections {
  memory: Map<StepKind, number>
  disk: Map<StepKind, number>
  secondsPerWork: Map<StepKind, number>
}

export interface PlannedRun {
  name: string
  datasetId: string
  steps: StepPlan[]
}

/** Plans runs that are not launched yet. `roomBytes`: what artifacts may still take, null where nobody knows. */
export async function planLaunch(tx: Tx, runs: PlannedRun[], roomBytes: number | null): Promise<LaunchPlan> {
  const corrections = await readCorrections(tx)
  const sizes = await sizesOf(tx, runs.map((run) => run.datasetId))
  const keys = runs.flatMap((run) => run.steps.map((step) => step.key))
  const there = new Set((await tx.artifact.findMany({ where: { key: { in: keys } }, select: { key: true } })).map((row) => row.key))
  const planned = runs.map(({ name, datasetId, steps }) => ({
    name,
    steps: steps.map((step) => {
      const reused = there.has(step.key)
      there.add(step.key)
      return planStep(step, reused, sizes.get(datasetId) ?? UNKNOWN_SIZE, corrections)
    }),
  }))
  const fresh = planned.flatMap((run) => run.steps.map((step) => ({ ...step, run: run.name }))).filter((step) => !step.reused)
  const memoryBytes = Math.max(0, ...fresh.map((step) => step.memoryBytes))
  const diskBytes = fresh.reduce((sum, step) => sum + step.diskBytes, 0)
  const seconds = fresh.some((step) => step.seconds === null) ? null : fresh.reduce((sum, step) => sum + step.seconds!, 0)
  const available = { memoryBytes: (await liveCapacity(tx)).memoryBytes, diskBytes: roomBytes }
  const largest = fresh.find((step) => step.memoryBytes === memoryBytes)
  const refusals: string[] = []
  if (largest && available.memoryBytes !== null && memoryBytes > available.memoryBytes) {
    refusals.push(`“${largest.label}” of ${largest.run} needs about ${gigabytes(memoryBytes)} of memory, the largest worker has ${gigabytes(available.memoryBytes)}; choose a smaller batch or encoder, or start a worker on a larger machine`)
  }
  if (available.diskBytes !== null && diskBytes > available.diskBytes) {
    refusals.push(`The artifacts need about ${gigabytes(diskBytes)} of disk, ${gigabytes(available.diskBytes)} are free; remove what is no longer needed (./drhard artifacts gc) or raise DRHARD_DISK_QUOTA`)
  }
  return { runs: planned, seconds, memoryBytes, diskBytes, available, refusals }
}

/** Throws conflict where a plan does not fit. */
export function refuseOversized(plan: LaunchPlan): void {
  if (plan.refusals.length) throw new AppError('conflict', plan.refusals.join('. '))
}

function planStep(step: StepPlan, reused: boolean, size: DataSize, { memory, disk, secondsPerWork }: Corrections): PlannedStep {
  const { kind, label } = step
  const estimate = estimateStep({ kind, params: { ...step.params } }, size)
  const rate = secondsPerWork.get(kind)
  const factor = memory.get(kind)
  return {
    label,
    kind,
    reused,
    seconds: rate === undefined ? null : estimate.work * rate,
    memoryBytes: factor === undefined ? estimate.memoryBytes : estimate.memoryBytes * factor * MARGIN,
    diskBytes: estimate.diskBytes * (disk.get(kind) ?? 1),
    measured: rate !== undefined,
  }
}

async function sizesOf(tx: Tx, datasetIds: string[]): Promise<Map<string, DataSize>> {
  const rows = await tx.dataset.findMany({ where: { id: { in: datasetIds } }, select: { id: true, counts: true } })
  return new Map(rows.map(({ id, counts }) => [id, sizeOf(counts)]))
}

function sizeOf(counts: unknown): DataSize {
  const parsed = DatasetCounts.nullable().parse(counts)
  return parsed ? { docs: parsed.docs, queries: parsed.queries } : UNKNOWN_SIZE
}

async function readCorrections(tx: Tx): Promise<Corrections> {
  const rows = await tx.$queryRaw<{ kind: StepKind; params: Record<string, unknown>; counts: unknown; seconds: number; peak: number | null; bytes: number | null }[]>`
    SELECT kind, params, counts, seconds, peak, bytes FROM (
      SELECT s.kind, s.params, d.counts, extract(epoch FROM s.finished_at - s.started_at)::float8 AS seconds, a.bytes::float8 AS bytes,
        (SELECT max(memory_bytes)::float8 FROM resource_sample m WHERE m.step_id = s.id) AS peak, row_number() OVER (PARTITION BY s.kind ORDER BY s.finished_at DESC) AS n
      FROM step s JOIN run r ON r.id = s.run_id JOIN dataset d ON d.id = r.dataset_id LEFT JOIN artifact a ON a.key = s.key
      WHERE s.state = 'succeeded' AND NOT s.reused AND d.counts IS NOT NULL
    ) latest WHERE n <= ${LOOK_BACK}`
  const ratios = { memory: new Map<StepKind, number[]>(), disk: new Map<StepKind, number[]>(), secondsPerWork: new Map<StepKind, number[]>() }
  const note = (map: Map<StepKind, number[]>, kind: StepKind, value: number) => Number.isFinite(value) && value > 0 && map.set(kind, [...(map.get(kind) ?? []), value])
  for (const { kind, params, counts, seconds, peak, bytes } of rows) {
    const estimate = estimateStep({ kind, params }, sizeOf(counts))
    if (peak !== null) note(ratios.memory, kind, peak / estimate.memoryBytes)
    if (bytes !== null) note(ratios.disk, kind, bytes / estimate.diskBytes)
    note(ratios.secondsPerWork, kind, seconds / estimate.work)
  }
  return { memory: medians(ratios.memory), disk: medians(ratios.disk), secondsPerWork: medians(ratios.secondsPerWork) }
}

function medians(map: Map<StepKind, number[]>): Map<StepKind, number> {
  return new Map([...map].map(([kind, values]) => [kind, values.sort((a, b) => a - b)[Math.floor(values.length / 2)]]))
}
