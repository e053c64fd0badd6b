// Training curves. Written by server/db/steps.ts as a step reports, read by app/api.
import type { MetricPoint } from '@/contract/event'
import type { MetricSeries } from '@/contract/run'
import type { Tx } from './client'

/** Stores points; a point that a resumed attempt replays replaces the older one. */
export async function recordMetrics(tx: Tx, runId: string, attempt: number, points: MetricPoint[]): Promise<void> {
  // One statement may touch a row once only: the last of equal points counts.
  const last = [...new Map(points.map((p) => [`${p.name} ${p.step}`, p])).values()]
  await tx.$executeRaw`
    INSERT INTO metric_point (run_id, name, step, value, attempt, at)
    SELECT ${runId}, name, step, value, ${attempt}, clock_timestamp()
    FROM unnest(${last.map((p) => p.name)}::text[], ${last.map((p) => p.step)}::int[], ${last.map((p) => p.value)}::float8[]) AS p(name, step, value)
    ON CONFLICT (run_id, name, step) DO UPDATE SET value = excluded.value, attempt = excluded.attempt, at = excluded.at
    WHERE metric_point.attempt <= excluded.attempt`
}

/** All curves of a run, points in order of step. */
export async function readMetrics(tx: Tx, runId: string): Promise<MetricSeries> {
  const rows = await tx.metricPoint.findMany({ where: { runId }, orderBy: [{ name: 'asc' }, { step: 'asc' }] })
  const series: MetricSeries = {}
  for (const row of rows) (series[row.name] ??= []).push({ step: row.step, value: row.value, at: row.at.getTime() })
  return series
}
