// Makes artifacts again that are needed and no longer there, or damaged: the step that made one is opened again in the run that needs
// it. Called by server/db/advance.ts and, where a step found its input damaged, by server/db/steps.ts.
import { newId } from './ids'
import type { Change } from './change'
import { emitStep, type StepRow } from './step-row'

/**
 * Forgets a damaged artifact and lets the step that found it wait until it is made again. False where no step is known that makes
 * it. Its folder was moved out of the way by the worker (server/files/artifact.ts).
 */
export async function orderRebuild(change: Change, finder: StepRow, damagedKey: string): Promise<boolean> {
  const [maker] = await change.tx.$queryRaw<{ id: string }[]>`SELECT id FROM step WHERE key = ${damagedKey} LIMIT 1`
  if (!maker) return false
  await change.tx.$executeRaw`DELETE FROM artifact WHERE key = ${damagedKey}`
  const [row] = await change.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'waiting', reason = NULL, worker_id = NULL, lease_until = NULL, started_at = NULL, progress = NULL WHERE id = ${finder.id} RETURNING s.*`
  emitStep(change, row)
  return true
}

/** For each artifact that a waiting step needs, that is not there and that no live step makes: opens its maker again, in the run that needs it. */
export async function rebuildMissing(change: Change): Promise<void> {
  for (;;) {
    const missing = await change.tx.$queryRaw<{ key: string; run_id: string }[]>`
      SELECT DISTINCT ON (d.key) d.key, s.run_id
      FROM step s JOIN run r ON r.id = s.run_id, unnest(s.depends_on) d(key)
      WHERE s.state = 'waiting' AND r.state IN ('queued', 'running')
        AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.key = d.key)
        AND NOT EXISTS (SELECT 1 FROM step p WHERE p.key = d.key AND p.state IN ('waiting', 'queued', 'running'))
        AND EXISTS (SELECT 1 FROM step p WHERE p.key = d.key AND p.state = 'succeeded')
      ORDER BY d.key, r.seq`
    if (!missing.length) return
    // Makers may need what is missing as well: looked for in the next round.
    for (const { key, run_id } of missing) await reopenMaker(change, key, run_id)
  }
}

async function reopenMaker(change: Change, key: string, runId: string): Promise<void> {
  const reason = 'Its artifact is damaged or was removed; made again'
  const [own] = await change.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'waiting', reason = ${reason}, tries = 0, furthest = 0, reused = false, worker_id = NULL, progress = NULL, started_at = NULL, finished_at = NULL
    WHERE run_id = ${runId} AND key = ${key} AND state = 'succeeded' RETURNING s.*`
  if (own) return emitStep(change, own)
  // Another run's: that one has ended and stays as it is; this run gets a step of its own for it, which is no checkpoint of it.
  const [copy] = await change.tx.$queryRaw<StepRow[]>`
    INSERT INTO step (id, run_id, ordinal, kind, label, params, inputs, key, depends_on, state, reason)
    SELECT ${newId()}, ${runId}, (SELECT max(ordinal) + 1 FROM step WHERE run_id = ${runId}), kind, label || ' again', params, inputs, key, depends_on, 'waiting', ${reason}
    FROM step WHERE key = ${key} AND state = 'succeeded' LIMIT 1 RETURNING *`
  emitStep(change, copy)
}
