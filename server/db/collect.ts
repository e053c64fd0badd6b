// Garbage collection: what finished runs no longer need on disk. Everything it takes can be made again by the steps that made it, and is,
// where a later run needs it (server/db/rebuild.ts). Called by server/db/local-artifact.ts.
import type { ArtifactPlan, GcRequest } from '@/contract/artifact'
import { moveAside, type Removed } from './artifacts'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { changePlan } from './change'
import type { Database, Tx } from './client'

/** What may be removed now. Data sets, tokens, rankings that pages show, judgements, and each run's last `keepLast` checkpoints and its best by MRR@10 on dev always stay. */
export async function planCollection(tx: Tx, { olderThanDays, keepLast, dryRun }: GcRequest): Promise<ArtifactPlan> {
  const items = await tx.$queryRaw<ArtifactPlan['items']>`
    SELECT a.key, a.kind, a.bytes::float8 AS bytes,
      CASE
        WHEN NOT EXISTS (SELECT 1 FROM step s WHERE s.key = a.key OR a.key = ANY(s.depends_on)) THEN 'no run knows it'
        WHEN a.kind = 'encode-queries' THEN 'query embeddings of a finished search'
        WHEN a.kind LIKE 'encode%' OR a.kind = 'take' THEN 'document embeddings of a finished run'
        WHEN a.kind = 'retrieve-shard' THEN 'a part of a ranking that is joined'
        WHEN a.kind = 'export' THEN 'an export, which can be ordered again'
        WHEN a.kind = 'train' THEN 'a checkpoint that is neither among the last of its run nor its best'
        ELSE 'made for mining, which is done'
      END AS reason
    FROM artifact a
    WHERE a.created_at < now() - make_interval(secs => ${olderThanDays * 86_400}::float8)
      -- nothing live makes or reads it, and every run that made it ended long enough ago
      AND NOT EXISTS (SELECT 1 FROM step s WHERE s.state IN ('waiting', 'queued', 'running') AND (s.key = a.key OR a.key = ANY(s.depends_on)))
      AND NOT EXISTS (SELECT 1 FROM step s JOIN run r ON r.id = s.run_id WHERE s.key = a.key AND (r.finished_at IS NULL OR r.finished_at > now() - make_interval(secs => ${olderThanDays * 86_400}::float8)))
      AND (
        NOT EXISTS (SELECT 1 FROM step s WHERE s.key = a.key OR a.key = ANY(s.depends_on))
        OR a.kind IN ('encode', 'encode-shard', 'encode-queries', 'retrieve-shard', 'mine', 'export')
        OR (a.kind = 'teacher-scores' AND EXISTS (SELECT 1 FROM step s WHERE s.key = a.key AND s.params->>'from' = 'model'))
        OR (a.kind = 'take' AND EXISTS (SELECT 1 FROM step s WHERE s.key = a.key AND s.params->>'what' <> 'ranking'))
        OR (a.kind IN ('retrieve', 'bm25-retrieve') AND NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.ranking_key = a.key)
            AND EXISTS (SELECT 1 FROM step s WHERE s.key = a.key AND s.params->>'split' = 'train'))
        OR (a.kind = 'train' AND NOT EXISTS (
              SELECT 1 FROM checkpoint c WHERE c.artifact_key = a.key AND (
                c.step IN (SELECT l.step FROM checkpoint l WHERE l.run_id = c.run_id ORDER BY l.step DESC LIMIT ${keepLast})
                -- of equally good ones the latest
                OR c.step = (SELECT e.checkpoint_step FROM evaluation e WHERE e.run_id = c.run_id AND e.split = 'dev' AND e.checkpoint_step > 0
                             ORDER BY (e.measures->>'MRR@10')::float8 DESC NULLS LAST, e.checkpoint_step DESC LIMIT 1))))
      )
    ORDER BY a.bytes DESC, a.key`
  return { dryRun, bytes: items.reduce((sum, item) => sum + item.bytes, 0), items }
}

/** Removes what `planCollection` finds at this moment, unless it is a dry run. Returns the plan, and what is to be removed from the store and the disk. */
export function collect(db: Database, request: GcRequest, root: string, by: Actor = CONSOLE): Promise<{ plan: ArtifactPlan; removed: Removed }> {
  return changePlan(db, async (c) => {
    const plan = await planCollection(c.tx, request)
    if (request.dryRun || !plan.items.length) return { plan, removed: { keys: [], folders: [] } }
    const keys = plan.items.map((item) => item.key)
    await c.tx.artifact.deleteMany({ where: { key: { in: keys } } })
    await recordAudit(c.tx, by, 'artifacts.gc', null, { artifacts: keys.length, bytes: plan.bytes, olderThanDays: request.olderThanDays })
    return { plan, removed: moveAside(root, keys) }
  })
}
