// The graph of artifacts behind a run, from its data to its rankings, over the runs that it starts from. Called by app/api.
import type { LineageGraph } from '@/contract/artifact'
import type { Tx } from './client'

/** Nodes in an order in which every input comes before what is made of it. */
export async function readLineageGraph(tx: Tx, runId: string): Promise<LineageGraph> {
  const rows = await tx.$queryRaw<{ key: string; kind: string; label: string; run_id: string | null; run_name: string | null; inputs: Record<string, string>; bytes: bigint | null; depth: number }[]>`
    WITH RECURSIVE back(key, depth) AS (
      SELECT key, 0 FROM step WHERE run_id = ${runId}
      UNION -- not ALL: many ways lead to one artifact
      SELECT d.key, b.depth + 1 FROM back b, LATERAL (SELECT depends_on FROM step WHERE key = b.key LIMIT 1) s, unnest(s.depends_on) d(key) WHERE b.depth < 200
    ), needed AS (SELECT key, max(depth) AS depth FROM back GROUP BY key)
    SELECT DISTINCT ON (n.depth, n.key) n.key, s.kind, s.label, s.run_id, r.name AS run_name, s.inputs, a.bytes, n.depth
    FROM needed n JOIN step s ON s.key = n.key LEFT JOIN run r ON r.id = s.run_id LEFT JOIN artifact a ON a.key = n.key
    ORDER BY n.depth DESC, n.key, (s.run_id = ${runId}) DESC NULLS LAST, r.seq`
  return {
    nodes: rows.map((row) => ({ key: row.key, kind: row.kind, label: row.label, runId: row.run_id, runName: row.run_name, bytes: row.bytes === null ? null : Number(row.bytes), published: row.bytes !== null })),
    edges: rows.flatMap((row) => Object.entries(row.inputs).map(([role, from]) => ({ from, to: row.key, role }))),
  }
}
