// What follows from a change of steps: published work is reused, ready steps are queued, runs end. Called inside changePlan by
// launch, publication, failure, cancel and retry, so that each of them needs to change only its own rows.
import type { Prisma } from './generated/client'
import { ImportResult, Split } from '@/contract/dataset'
import { ModelInfo } from '@/contract/model'
import { newId } from './ids'
import { EvaluateResult, recordEvaluation } from './evaluations'
import { DiagnoseResult } from '@/contract/query'
import { recordMetrics } from './metrics'
import type { Change } from './change'
import { stopIfBehind } from './early-stop'
import { rebuildMissing } from './rebuild'
import { emitStep, type StepRow } from './step-row'
import { tellWebhooks } from './webhooks'

/** Applies everything that now follows, until nothing more does. */
export async function advance(change: Change): Promise<void> {
  await reusePublished(change)
  await rebuildMissing(change)
  await queueReady(change)
  while (await failStarved(change)) {
    // a run that fails may starve the runs that start from it
  }
  await explainWaiting(change)
  await endRuns(change)
}

/** Steps whose artifact is published need not run. */
async function reusePublished(change: Change): Promise<void> {
  const rows = await change.tx.$queryRaw<(StepRow & { artifact_result: unknown })[]>`
    UPDATE step s SET state = 'succeeded', reason = NULL, reused = true, result = a.result, started_at = clock_timestamp(), finished_at = clock_timestamp(), progress = NULL
    FROM artifact a WHERE a.key = s.key AND s.state IN ('waiting', 'queued')
    RETURNING s.*, a.result AS artifact_result`
  for (const row of rows) {
    await recordOutcome(change, row, row.artifact_result)
    emitStep(change, row)
  }
}

async function queueReady(change: Change): Promise<void> {
  const rows = await change.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'queued', reason = NULL, queued_at = clock_timestamp()
    WHERE s.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM unnest(s.depends_on) d(key) LEFT JOIN artifact a ON a.key = d.key WHERE a.key IS NULL)
    RETURNING s.*`
  if (rows.length) change.enqueue(rows.map((row) => row.id))
  for (const row of rows) emitStep(change, row)
}

/** Fails live runs that wait for something that no live step makes any more. Tells whether there was one. */
async function failStarved(change: Change): Promise<boolean> {
  const starved = await change.tx.$queryRaw<Starved[]>`
    SELECT DISTINCT ON (r.id) r.id, s.label, (
      SELECT jsonb_agg(jsonb_build_object('name', q.name, 'state', q.state, 'reason', q.reason, 'teaches', q.id = r.teacher_run_id) ORDER BY q.id = r.teacher_run_id)
      FROM run q WHERE q.id IN (r.start_run_id, r.teacher_run_id)) AS needs
    FROM step s JOIN run r ON r.id = s.run_id, unnest(s.depends_on) d(key)
    WHERE s.state = 'waiting' AND r.state IN ('queued', 'running')
      AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.key = d.key)
      AND NOT EXISTS (SELECT 1 FROM step p WHERE p.key = d.key AND p.state IN ('waiting', 'queued', 'running'))
    ORDER BY r.id, s.ordinal`
  for (const run of starved) await failRun(change, run.id, starvedReason(run))
  return starved.length > 0
}

/** A live run that waits in vain, with the runs that it starts and learns from. */
interface Starved {
  id: string
  label: string
  needs: { name: string; state: string; reason: string | null; teaches: boolean }[] | null
}

function starvedReason({ label, needs }: Starved): string {
  for (const { name, state, reason, teaches } of needs ?? []) {
    const run = `The run it ${teaches ? 'learns' : 'starts'} from, “${name}”,`
    if (state === 'failed') return `${run} failed: ${reason}`
    if (state === 'cancelled' || state === 'cancelling') return `${run} was cancelled`
  }
  return `“${label}” needs something that no run makes; retry the run that it starts from`
}

/** Ends a live run as failed; its steps that have not started are cancelled. */
export async function failRun(change: Change, runId: string, reason: string): Promise<void> {
  const changed = await change.tx.$executeRaw`
    UPDATE run SET state = 'failed', reason = ${reason}, finished_at = clock_timestamp() WHERE id = ${runId} AND state IN ('queued', 'running', 'cancelling')`
  if (!changed) return
  change.emit({ runId, datasetId: null, body: { type: 'run-state', state: 'failed', reason } })
  await tellWebhooks(change.tx, runId)
  await cancelUnstarted(change, runId, 'Not started: the run failed')
}

/** Cancels the run's steps that have not started. */
export async function cancelUnstarted(change: Change, runId: string, reason: string): Promise<void> {
  const rows = await change.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'cancelled', reason = ${reason}, finished_at = clock_timestamp() WHERE run_id = ${runId} AND state IN ('waiting', 'queued') RETURNING s.*`
  for (const row of rows) emitStep(change, row)
}

/** Says what each waiting step waits for: the first input that is not there, made by this run if it can be. */
async function explainWaiting(change: Change): Promise<void> {
  await change.tx.$executeRaw`
    UPDATE step s SET reason = w.reason
    FROM (
      SELECT DISTINCT ON (s.id) s.id,
        'Waits for “' || p.label || '”' || CASE WHEN p.run_id IS NOT DISTINCT FROM s.run_id THEN '' WHEN r.name IS NULL THEN ' of the data set' ELSE ' of run “' || r.name || '”' END AS reason
      FROM step s, unnest(s.depends_on) WITH ORDINALITY d(key, n), step p LEFT JOIN run r ON r.id = p.run_id
      WHERE s.state = 'waiting' AND p.key = d.key AND p.state IN ('waiting', 'queued', 'running') AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.key = d.key)
      ORDER BY s.id, (p.run_id IS NOT DISTINCT FROM s.run_id) DESC, d.n, r.seq
    ) w WHERE w.id = s.id AND s.reason IS DISTINCT FROM w.reason`
}

async function endRuns(change: Change): Promise<void> {
  const rows = await change.tx.$queryRaw<{ id: string; state: 'succeeded' | 'cancelled'; reason: string | null }[]>`
    UPDATE run r SET finished_at = clock_timestamp(),
      state = CASE WHEN e.all_done THEN 'succeeded' ELSE 'cancelled' END,
      reason = CASE WHEN e.all_done THEN NULL ELSE coalesce(live.stop_reason, 'Cancelled by the user') END
    FROM run live, LATERAL (SELECT bool_and(state = 'succeeded') AS all_done, bool_or(state = 'running') AS any_running FROM step WHERE run_id = live.id) e
    WHERE live.id = r.id AND live.state IN ('queued', 'running', 'cancelling') AND (e.all_done OR (live.state = 'cancelling' AND NOT e.any_running))
    RETURNING r.id, r.state, r.reason`
  for (const { id, state, reason } of rows) {
    change.emit({ runId: id, datasetId: null, body: { type: 'run-state', state, reason } })
    await tellWebhooks(change.tx, id)
  }
}

/** Writes what a step's artifact means to the rest: a data set is ready, a checkpoint exists, a checkpoint is judged. */
export async function recordOutcome(change: Change, step: StepRow, result: unknown): Promise<void> {
  if (step.kind === 'import') await recordImport(change, step.key, ImportResult.parse(result))
  if (step.kind === 'import-model') await recordModelImport(change, step.key, ModelInfo.parse(result))
  if (!step.run_id) return
  if (step.kind === 'train') {
    // A segment that is trained again for another run's sake is no checkpoint of this one.
    if (step.checkpoint_step === null) return
    const at = step.checkpoint_step
    await change.tx.checkpoint.deleteMany({ where: { runId: step.run_id, step: at } })
    await change.tx.checkpoint.create({ data: { id: newId(), runId: step.run_id, stepId: step.id, step: at, artifactKey: step.key } })
  }
  if (step.kind === 'diagnose' || step.kind === 'index') {
    const { points } = DiagnoseResult.parse(result)
    const metrics = points.map(({ name, value }) => ({ name, value, step: step.checkpoint_step ?? 0 }))
    await recordMetrics(change.tx, step.run_id, step.attempt, metrics)
    change.emit({ runId: step.run_id, datasetId: null, body: { type: 'metrics', stepId: step.id, points: metrics } })
  }
  if (step.kind === 'evaluate') {
    const evaluated = EvaluateResult.parse(result)
    const split = Split.parse(step.params.split)
    const checkpointStep = step.checkpoint_step ?? 0
    await recordEvaluation(change.tx, { runId: step.run_id, stepId: step.id, checkpointStep, split, result: evaluated, rankingKey: step.inputs.ranking, artifactKey: step.key })
    change.emit({ runId: step.run_id, datasetId: null, body: { type: 'evaluation', stepId: step.id, split, checkpointStep, measures: evaluated.measures, n: evaluated.n, intervals: evaluated.intervals, missing: evaluated.missing } })
    if (split !== 'dev') return
    const behind = await stopIfBehind(change, step.run_id, checkpointStep)
    if (behind) await cancelUnstarted(change, step.run_id, behind)
  }
}

async function recordImport(change: Change, key: string, { warnings, ...counts }: ImportResult): Promise<void> {
  const rows = await change.tx.$queryRaw<{ id: string }[]>`
    UPDATE dataset SET state = 'ready', reason = NULL, counts = ${JSON.stringify(counts)}::jsonb, warnings = ${JSON.stringify(warnings)}::jsonb WHERE import_key = ${key} AND state <> 'ready' RETURNING id`
  for (const { id } of rows) {
    await change.tx.querySet.deleteMany({ where: { datasetId: id } })
    const data = Split.options.map((split): Prisma.QuerySetCreateManyInput => ({ datasetId: id, split, queryCount: counts.queries[split], positiveCount: counts.positives[split] }))
    await change.tx.querySet.createMany({ data })
    change.emit({ runId: null, datasetId: id, body: { type: 'dataset-state', state: 'ready', reason: null } })
  }
}

async function recordModelImport(change: Change, key: string, info: ModelInfo): Promise<void> {
  const rows = await change.tx.$queryRaw<{ id: string }[]>`
    UPDATE imported_model SET state = 'ready', reason = NULL, info = ${JSON.stringify(info)}::jsonb WHERE import_key = ${key} AND state <> 'ready' RETURNING id`
  for (const { id } of rows) change.emit({ runId: null, datasetId: null, body: { type: 'model-state', modelId: id, state: 'ready', reason: null } })
}
