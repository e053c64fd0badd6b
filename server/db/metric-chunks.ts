// Curves of runs that have ended lie packed in metric_chunk, one row for thousands of points; those of runs that may go on are rows of
// metric_point. A run that is retried gets its rows back. Called by metrics.ts, and by jobs/server.ts to pack what has ended.
import type { Database, Tx } from './client'
import { packPoints, unpackBytes, type Point } from './point-pack'

/** Some 25 kB: one row, outside of the table's pages. */
const CHUNK_POINTS = 4096
/** Events of a run that has just ended may still be on their way to a reader of its curves. */
const PACK_AFTER_SECONDS = 60
/** Runs packed at a time, so that a worker is soon back at its other work. */
const RUNS_AT_ONCE = 20

/** Packs the points of runs that have ended. Returns how many runs. */
export async function packEndedRuns(db: Database, { afterSeconds = PACK_AFTER_SECONDS }: { afterSeconds?: number } = {}): Promise<number> {
  const ended = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM run WHERE NOT points_packed AND finished_at < now() - make_interval(secs => ${afterSeconds}::float8) ORDER BY finished_at LIMIT ${RUNS_AT_ONCE}`
  for (const { id } of ended) await packRun(db, id)
  return ended.length
}

/** The run's row is locked meanwhile: it cannot be retried, and nothing else writes points of a run that has ended. */
function packRun(db: Database, runId: string): Promise<void> {
  return db.$transaction(
    async (tx) => {
      const [run] = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM run WHERE id = ${runId} AND NOT points_packed AND finished_at IS NOT NULL FOR UPDATE SKIP LOCKED`
      if (!run) return // another worker packs it, or it was retried
      const names = await tx.$queryRaw<{ name: string }[]>`SELECT DISTINCT name FROM metric_point WHERE run_id = ${runId}`
      for (const { name } of names) await packCurve(tx, runId, name)
      await tx.$executeRaw`UPDATE run SET points_packed = true WHERE id = ${runId}`
    },
    { timeout: 120_000 },
  )
}

async function packCurve(tx: Tx, runId: string, name: string): Promise<void> {
  const rows = await tx.$queryRaw<{ step: number; value: number; at: number; attempt: number }[]>`
    WITH taken AS (DELETE FROM metric_point WHERE run_id = ${runId} AND name = ${name} RETURNING step, value, extract(epoch FROM at)::float8 * 1000 AS at, attempt)
    SELECT step, value, round(at)::float8 AS at, attempt FROM taken ORDER BY step`
  const data = []
  for (let from = 0; from < rows.length; from += CHUNK_POINTS) {
    const points = rows.slice(from, from + CHUNK_POINTS)
    data.push({ runId, name, firstStep: points[0].step, lastStep: points[points.length - 1].step, n: points.length, attempt: Math.max(...points.map((point) => point.attempt)), data: packPoints(points) })
  }
  await tx.metricChunk.createMany({ data })
}

/** Makes rows of a run's packed points again, because it goes on: a point that is replayed replaces the older one. */
export async function unpackPoints(tx: Tx, runId: string): Promise<void> {
  const packed = await tx.$executeRaw`UPDATE run SET points_packed = false WHERE id = ${runId} AND points_packed`
  if (!packed) return
  for (const { name, attempt, data } of await tx.metricChunk.findMany({ where: { runId } })) {
    const points = unpackBytes(data)
    await tx.$executeRaw`
      INSERT INTO metric_point (run_id, name, step, value, attempt, at)
      SELECT ${runId}, ${name}, step, value, ${attempt}, to_timestamp(at / 1000)
      FROM unnest(${points.map((p) => p.step)}::int[], ${points.map((p) => p.value)}::float8[], ${points.map((p) => p.at)}::float8[]) AS p(step, value, at)
      ON CONFLICT (run_id, name, step) DO NOTHING`
  }
  await tx.metricChunk.deleteMany({ where: { runId } })
}

/** Points of curves by name, steps [from, to] in order. */
export async function readPoints(tx: Tx, runId: string, { names, from, to }: { names: string[]; from: number; to: number }): Promise<Map<string, Point[]>> {
  // one statement, so that a run which is packed meanwhile is seen in one state
  const rows = await tx.$queryRaw<{ name: string; step: number; value: number | null; at: Date | null; data: Uint8Array | null }[]>`
    SELECT name, step, value, at, NULL::bytea AS data FROM metric_point WHERE run_id = ${runId} AND name = ANY(${names}::text[]) AND step BETWEEN ${from}::int AND ${to}::int
    UNION ALL SELECT name, first_step, NULL, NULL, data FROM metric_chunk WHERE run_id = ${runId} AND name = ANY(${names}::text[]) AND last_step >= ${from}::int AND first_step <= ${to}::int
    ORDER BY name, step`
  const found = new Map<string, Point[]>()
  for (const { name, step, value, at, data } of rows) {
    const points = data ? unpackBytes(data).filter((point) => point.step >= from && point.step <= to) : [{ step, value: value!, at: at!.getTime() }]
    const curve = found.get(name)
    if (curve) for (const point of points) curve.push(point)
    else found.set(name, points)
  }
  return found
}
