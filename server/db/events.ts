// What runs and imports have told, as rows with a cursor. Written by server/db, read by the SSE routes of app/api.
import { RunEventBody, type LogPage, type RunEvent } from '@/contract/event'
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
  await tx.$executeRaw`
    INSERT INTO run_event (run_id, dataset_id, type, body, at)
    SELECT run_id, dataset_id, body::jsonb->>'type', body::jsonb, clock_timestamp()
    FROM unnest(${events.map((e) => e.runId)}::text[], ${events.map((e) => e.datasetId)}::text[], ${events.map((e) => JSON.stringify(e.body))}::text[])
      WITH ORDINALITY AS e(run_id, dataset_id, body, n)
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
  return rows.map((row) => ({ id: String(row.id), runId: row.runId, datasetId: row.datasetId, at: row.at.toISOString(), body: RunEventBody.parse(row.body) }))
}

/** Cursor of the newest event of a run, or of all; 0 where there is none. */
export async function lastCursor(tx: Tx, runId?: string): Promise<bigint> {
  const { _max } = await tx.runEvent.aggregate({ _max: { id: true }, where: runId === undefined ? {} : { runId } })
  return _max.id ?? 0n
}

/** A page of a run's log, newest page first, lines in order within the page. */
export async function readLog(tx: Tx, query: { runId: string; stepId?: string; before?: bigint; limit: number }): Promise<LogPage> {
  const rows = await tx.runEvent.findMany({
    where: {
      runId: query.runId,
      type: 'log',
      ...(query.before !== undefined && { id: { lt: query.before } }),
      ...(query.stepId !== undefined && { body: { path: ['stepId'], equals: query.stepId } }),
    },
    orderBy: { id: 'desc' },
    take: query.limit + 1,
  })
  const page = rows.slice(0, query.limit).reverse()
  const lines = page.map((row) => {
    const body = RunEventBody.parse(row.body)
    if (body.type !== 'log') throw new Error(`event ${row.id} is of type ${body.type}, not log`)
    return { id: String(row.id), at: row.at.toISOString(), stepId: body.stepId, level: body.level, line: body.line }
  })
  return { lines, before: rows.length > query.limit ? lines[0].id : null }
}

/** Deletes progress events that newer ones have replaced: the step row keeps the last. */
export async function pruneProgress(tx: Tx, olderThanMs: number): Promise<number> {
  return tx.$executeRaw`DELETE FROM run_event WHERE type = 'progress' AND at < now() - make_interval(secs => ${olderThanMs / 1000}::float8)`
}
