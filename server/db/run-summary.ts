// A run as lists and pages show it: its row with steps and evaluations, put into the contract's shape. Called by runs.ts and run-table.ts.
import { Split } from '@/contract/dataset'
import { MeasureIntervals, MeasureValues } from '@/contract/measure'
import { Progress } from '@/contract/progress'
import { type EvaluationSummary, isLive, RunState, type RunSummary } from '@/contract/run'
import type { Tx } from './client'
import type { Prisma } from './generated/client'

export const INCLUDE_HEAD = {
  dataset: { select: { name: true, counts: true } },
  startRun: { select: { name: true, method: true } },
  importedModel: { select: { name: true } },
  teacherRun: { select: { name: true } },
  teacherModel: { select: { name: true } },
  evaluations: { orderBy: { checkpointStep: 'asc' } },
} satisfies Prisma.RunInclude
export const STEPS = { orderBy: { ordinal: 'asc' }, omit: { inputs: true, result: true, dependsOn: true } } satisfies Prisma.Run$stepsArgs
export const INCLUDE = { ...INCLUDE_HEAD, steps: STEPS } satisfies Prisma.RunInclude
export type RunRow = Prisma.RunGetPayload<{ include: typeof INCLUDE }>
export type RunHead = Omit<RunRow, 'steps'>
export type RunStep = RunRow['steps'][number]

const LIVE = RunState.options.filter(isLive)

/** Summaries of rows, in their order. Steps are read of live runs only, and counted of the others: there may be many. */
export async function summariseRows(tx: Tx, rows: RunHead[]): Promise<RunSummary[]> {
  const ids = rows.map((row) => row.id)
  const [liveSteps, counts] = await Promise.all([
    tx.step.findMany({ ...STEPS, where: { runId: { in: ids }, run: { state: { in: LIVE } } } }),
    tx.$queryRaw<{ run_id: string; done: number; total: number }[]>`
      SELECT run_id, count(*) FILTER (WHERE state = 'succeeded')::int AS done, count(*)::int AS total FROM step WHERE run_id = ANY(${ids}) GROUP BY run_id`,
  ])
  const durations = liveSteps.length ? await readDurations(tx) : new Map<string, number>()
  const countsOf = new Map(counts.map((count) => [count.run_id, count]))
  return rows.map((row) => {
    const steps = liveSteps.filter((step) => step.runId === row.id)
    return steps.length ? summarise({ ...row, steps }, durations) : summariseHead(row, countsOf.get(row.id) ?? { done: 0, total: 0 })
  })
}

export function summarise(row: RunRow, durations: Map<string, number>): RunSummary {
  const done = row.steps.filter((step) => step.state === 'succeeded').length
  const summary = summariseHead(row, { done, total: row.steps.length })
  if (!isLive(summary.state)) return summary
  const currentStep = row.steps.find((step) => step.state === 'running')?.label ?? null
  return { ...summary, currentStep, progress: { ...summary.progress, secondsLeft: secondsLeft(row, durations) } }
}

export function summariseHead(row: RunHead, { done, total }: { done: number; total: number }): RunSummary {
  return {
    id: row.id,
    name: row.name,
    method: row.method as RunSummary['method'],
    datasetId: row.datasetId,
    datasetName: row.dataset.name,
    state: row.state as RunState,
    reason: row.reason,
    colorIndex: row.colorIndex,
    priority: row.priority,
    startRunId: row.startRunId,
    startRunName: row.startRun?.name ?? null,
    startMethod: (row.startRun?.method as RunSummary['startMethod']) ?? null,
    startModelName: row.importedModel?.name ?? null,
    teacherRunId: row.teacherRunId,
    teacherName: row.teacherRun?.name ?? row.teacherModel?.name ?? null,
    progress: { done, total, unit: 'steps', secondsLeft: null },
    currentStep: null,
    evaluations: row.evaluations.filter(({ split }) => split === 'dev').map(summariseEvaluation),
    tests: row.evaluations.filter(({ split }) => split === 'test').map(summariseEvaluation),
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
  }
}

function summariseEvaluation({ id, checkpointStep, split, measures, n, intervals, missing }: RunHead['evaluations'][number]): EvaluationSummary {
  return { id, checkpointStep, split: Split.parse(split), measures: MeasureValues.parse(measures), n, intervals: intervals === null ? undefined : MeasureIntervals.parse(intervals), missing: missing ?? undefined }
}

/** Seconds of work left: what the running steps estimate, and for the others how long such steps took before; null where nothing is known of one. */
function secondsLeft(row: RunRow, durations: Map<string, number>): number | null {
  let sum = 0
  for (const step of row.steps) {
    if (step.state === 'succeeded') continue
    const expected = expectedSeconds(step, row, durations)
    if (step.state === 'running') {
      const own = Progress.nullable().parse(step.progress)?.secondsLeft
      const rest = own ?? (expected === null ? null : Math.max(0, expected - (Date.now() - step.startedAt!.getTime()) / 1000))
      if (rest === null) return null
      sum += rest
    } else if (expected === null) return null
    else sum += expected
  }
  return sum
}

function expectedSeconds(step: RunStep, row: RunRow, durations: Map<string, number>): number | null {
  const units = unitsOf(step)
  const own = row.steps.filter((s) => s.kind === step.kind && s.state === 'succeeded' && !s.reused)
  if (own.length) return (own.reduce((sum, s) => sum + (s.finishedAt!.getTime() - s.startedAt!.getTime()) / 1000 / unitsOf(s), 0) / own.length) * units
  const before = durations.get(durationKey(row.method, step.kind)) ?? durations.get(durationKey('*', step.kind))
  return before === undefined ? null : before * units
}

/** What a step's duration is proportional to: a training segment's steps, else one piece of work. */
function unitsOf(step: { kind: string; params: unknown }): number {
  if (step.kind !== 'train') return 1
  const { from, to } = step.params as { from: number; to: number }
  return Math.max(1, to - from)
}

function durationKey(method: string, kind: string): string {
  return `${method} ${kind}`
}

/** Seconds per unit of the latest steps of each method and kind, and of each kind over all methods. */
export async function readDurations(tx: Tx): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ method: string | null; kind: string; seconds: number }[]>`
    SELECT method, kind, avg(seconds)::float8 AS seconds FROM (
      SELECT r.method, s.kind, extract(epoch FROM s.finished_at - s.started_at)::float8
          / CASE WHEN s.kind = 'train' THEN greatest(1, (s.params->>'to')::int - (s.params->>'from')::int) ELSE 1 END AS seconds,
        row_number() OVER (PARTITION BY r.method, s.kind ORDER BY s.finished_at DESC) AS n
      FROM step s JOIN run r ON r.id = s.run_id WHERE s.state = 'succeeded' AND NOT s.reused
    ) latest WHERE n <= 5 GROUP BY GROUPING SETS ((method, kind), (kind))`
  return new Map(rows.map((row) => [durationKey(row.method ?? '*', row.kind), row.seconds]))
}
export function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
