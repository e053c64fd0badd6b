// Training curves. Written by server/db/steps.ts as a step reports, read by app/api. Points are kept whole, as rows while their run may go
// on and packed when it has ended (metric-chunks.ts); beside them lie buckets of 256 steps, so that the curves of twenty long runs are
// read in a second.
import type { MetricPoint } from '@/contract/event'
import type { MetricSeries } from '@/contract/run'
import type { Tx } from './client'
import { readPoints, unpackPoints } from './metric-chunks'

/** Steps of a bucket; prisma/migrations/0065_inspection has the same. */
const BUCKET_STEPS = 256
/** A stretch with no more points than this is read whole. */
const WHOLE_POINTS = 2000
/** Buckets of an answer: more cannot be told apart on a screen. */
const MAX_BUCKETS = 512

/** Stores points; a point that a resumed attempt replays replaces the older one. */
export async function recordMetrics(tx: Tx, runId: string, attempt: number, points: MetricPoint[]): Promise<void> {
  await unpackPoints(tx, runId)
  // One statement may touch a row once only: the last of equal points counts.
  const last = [...new Map(points.map((p) => [`${p.name} ${p.step}`, p])).values()]
  await tx.$executeRaw`
    INSERT INTO metric_point (run_id, name, step, value, attempt, at)
    SELECT ${runId}, name, step, value, ${attempt}, clock_timestamp()
    FROM unnest(${last.map((p) => p.name)}::text[], ${last.map((p) => p.step)}::int[], ${last.map((p) => p.value)}::float8[]) AS p(name, step, value)
    ON CONFLICT (run_id, name, step) DO UPDATE SET value = excluded.value, attempt = excluded.attempt, at = excluded.at
    WHERE metric_point.attempt <= excluded.attempt`
  const touched = [...new Set(last.map((p) => JSON.stringify([p.name, Math.floor(p.step / BUCKET_STEPS)])))].map((text) => JSON.parse(text) as [string, number])
  await fillBuckets(tx, runId, touched)
}

/** Makes the buckets of a run from its points: all that were touched. */
async function fillBuckets(tx: Tx, runId: string, touched: [name: string, bucket: number][]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO metric_bucket (run_id, name, bucket, n, mean, points)
    SELECT ${runId}, name, bucket, n, mean, jsonb_build_array(first, jsonb_build_array(low[2], low[1], low[3]), jsonb_build_array(-high[2], high[1], high[3]), last)
    FROM (
      SELECT p.name, p.bucket, count(*) AS n, avg(value) AS mean, min(ARRAY[step, value, at]) AS first, max(ARRAY[step, value, at]) AS last, min(ARRAY[value, step, at]) AS low, max(ARRAY[value, -step, at]) AS high
      FROM unnest(${touched.map(([name]) => name)}::text[], ${touched.map(([, bucket]) => bucket)}::int[]) AS b(name, bucket),
        LATERAL (SELECT b.name, b.bucket, step, value, extract(epoch FROM at)::float8 * 1000 AS at FROM metric_point
          WHERE run_id = ${runId} AND metric_point.name = b.name AND step >= b.bucket * ${BUCKET_STEPS}::int AND step < (b.bucket + 1) * ${BUCKET_STEPS}::int) p
      GROUP BY p.name, p.bucket
    ) t
    ON CONFLICT (run_id, name, bucket) DO UPDATE SET n = excluded.n, mean = excluded.mean, points = excluded.points`
}

/** Of a step's column. */
const LAST_STEP = 2 ** 31 - 1

/** Steps [from, to] of the curves; absent: all. */
export interface MetricStretch {
  from?: number
  to?: number
}

/** One curve of each of several runs, by run, thinned as readMetrics does; a run that has none is left out. */
export async function readCurves(tx: Tx, runIds: string[], name: string): Promise<Map<string, MetricSeries[string]>> {
  const rows = await tx.$queryRaw<{ run_id: string; total: number; buckets: Bucket[] }[]>`
    SELECT run_id, sum(n)::int AS total, jsonb_agg(jsonb_build_array(n, mean, points) ORDER BY bucket) AS buckets
    FROM metric_bucket WHERE run_id = ANY(${runIds}::text[]) AND name = ${name} GROUP BY run_id`
  const curves = rows.map(async ({ run_id: runId, total, buckets }): Promise<[string, MetricSeries[string]]> => {
    const points = total <= WHOLE_POINTS ? (await readPoints(tx, runId, { names: [name], from: 0, to: LAST_STEP })).get(name) : thinned(buckets)
    return [runId, points ?? []]
  })
  return new Map(await Promise.all(curves))
}

/** Curves of a run, points in order of step: whole where a stretch has few points, else thinned to the extremes of its buckets. */
export async function readMetrics(tx: Tx, runId: string, { from = 0, to = LAST_STEP }: MetricStretch = {}): Promise<MetricSeries> {
  const rows = await tx.$queryRaw<{ name: string; total: number; buckets: Bucket[] }[]>`
    SELECT name, sum(n)::int AS total, jsonb_agg(jsonb_build_array(n, mean, points) ORDER BY bucket) AS buckets
    FROM metric_bucket
    WHERE run_id = ${runId} AND bucket BETWEEN ${Math.floor(from / BUCKET_STEPS)}::int AND ${Math.floor(to / BUCKET_STEPS)}::int
    GROUP BY name ORDER BY name`
  const whole = rows.filter(({ total }) => total <= WHOLE_POINTS).map(({ name }) => name)
  const points = whole.length ? await readPoints(tx, runId, { names: whole, from, to }) : new Map<string, MetricSeries[string]>()
  const series: MetricSeries = {}
  for (const { name, total, buckets } of rows) if (total > WHOLE_POINTS) series[name] = thinned(buckets)
  for (const [name, each] of points) series[name] = each
  return series
}

/** A point that the first of its bucket stands for. */
const NEIGHBOUR = { n: 0, mean: 0 }

type Bucket = [n: number, mean: number, points: [step: number, value: number, at: number][]]

/** One series of neighbouring buckets joined until there are few enough; the first point of each stands for all. */
function thinned(buckets: Bucket[]): MetricSeries[string] {
  const share = Math.ceil(buckets.length / MAX_BUCKETS)
  const series: MetricSeries[string] = []
  for (let i = 0; i < buckets.length; i += share) {
    const group = buckets.slice(i, i + share)
    const points = group.flatMap(([, , each]) => each)
    const n = group.reduce((sum, [count]) => sum + count, 0)
    const mean = group.reduce((sum, [count, each]) => sum + count * each, 0) / n
    let [lowest, highest] = [points[0], points[0]]
    for (const point of points) {
      if (point[1] < lowest[1]) lowest = point
      if (point[1] > highest[1]) highest = point
    }
    const kept = new Map([points[0], lowest, highest, points[points.length - 1]].map((point) => [point[0], point]))
    for (const [k, [step, value, at]] of [...kept.values()].sort((a, b) => a[0] - b[0]).entries()) series.push({ step, value, at: Math.round(at), of: k === 0 ? { n, mean } : NEIGHBOUR })
  }
  return series
}
