// What runs and imports have told, as rows with a cursor. Written by server/db, read by the SSE routes of app/api. Log lines are
// read by server/db/logs.ts.
import { RunEventBody, type RunEvent } from '@/contract/event'
import type { Tx } from './client'

export interface NewEvent {
  runId: string | null
  datasetId: string | null
  body: RunEventBody
}

const EVENT_LOCK = 7_301_002

/**
 * Inserts events so that ids rise in commit order: numbers of a sequence are handed out before the commit, so without the
 * lock a reader at cursor 12 would miss 11, committed a moment later. The lock is held until the transaction ends; it costs
 * nothing more, because Postgres serialises commits that notify anyway.
 */
export async function appendEvents(tx: Tx, events: NewEvent[]): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${EVENT_LOCK}::bigint)`
  const logs = events.map(({ body }) => (body.type === 'log' ? body : null))
  const column = <T>(value: (event: NewEvent, i: number) => T) => events.map(value)
  await tx.$executeRaw`
    INSERT INTO run_event (run_id, dataset_id, type, body, step_id, attempt, level, line, at)
    SELECT run_id, dataset_id, type, body::jsonb, step_id, attempt, level, line, clock_timestamp()
    FROM unnest(${column((e) => e.runId)}::text[], ${column((e) => e.datasetId)}::text[], ${column((e) => e.body.type)}::text[], ${column((e, i) => (logs[i] ? '{}' : JSON.stringify(e.body)))}::text[],
        ${logs.map((log) => log?.stepId ?? null)}::text[], ${logs.map((log) => log?.attempt ?? null)}::int[], ${logs.map((log) => log?.level ?? null)}::text[], ${logs.map((log) => log?.line ?? null)}::text[])
      WITH ORDINALITY AS e(run_id, dataset_id, type, body, step_id, attempt, level, line, n)
    ORDER BY n`
}

export interface EventQuery {
  /** Only this run's; absent: every run's and data set's. */
  runId?: string
  /** Only these types. */
  types?: RunEventBody['type'][]
  /** Cursor: only later ones. */
  after: bigint
  limit: number
}

/** Events after a cursor, oldest first. */
export async function readEvents(tx: Tx, { runId, types, after, limit }: EventQuery): Promise<RunEvent[]> {
  const rows = await tx.runEvent.findMany({
    where: { id: { gt: after }, ...(runId !== undefined && { runId }), ...(types && { type: { in: types } }) },
    orderBy: { id: 'asc' },
    take: limit,
  })
  return rows.map((row) => ({ id: String(row.id), runId: row.runId, datasetId: row.datasetId, at: row.at.toISOString(), body: bodyOf(row) }))
}

/** A log line's text is in columns, to be searched; everything else in the body. */
function bodyOf(row: { type: string; body: unknown; stepId: string | null; attempt: number | null; level: string | null; line: string | null }): RunEventBody {
  const { type, stepId, attempt, level, line } = row
  return RunEventBody.parse(type === 'log' ? { type, stepId, ...(attempt !== null && { attempt }), level, line } : row.body)
}

/** Cursor of the newest event of a run, or of all; 0 where there is none. */
export async function lastCursor(tx: Tx, runId?: string): Promise<bigint> {
  const { _max } = await tx.runEvent.aggregate({ _max: { id: true }, where: runId === undefined ? {} : { runId } })
  return _max.id ?? 0n
}

/** Deletes progress events that newer ones have replaced: the step row keeps the last. */
export async function pruneProgress(tx: Tx, olderThanMs: number): Promise<number> {
  return tx.$executeRaw`DELETE FROM run_event WHERE type = 'progress' AND at < now() - make_interval(secs => ${olderThanMs / 1000}::float8)`
}
