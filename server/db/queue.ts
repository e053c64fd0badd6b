// The pg-boss queue of steps: filled inside the transaction that makes a step ready, emptied by jobs/queue.ts. The queue only
// delivers: who runs a step is decided by `claimStep`. Called by server/db/change.ts, migrate.ts and jobs/queue.ts.
import { fromPrisma, PgBoss } from 'pg-boss'
import { canRun, needsOfQueue, queueOfNeeds, type Capabilities } from '@/contract/needs'
import { poolOf, type Database, type Tx } from './client'
import { readPause } from './settings'

/** Every queue of steps begins so; the rest says what its steps need (contract/needs.ts). */
const STEP_QUEUES = 'step.%'
const QUEUE_OPTIONS = { retryLimit: 0, expireInSeconds: 60, deleteAfterSeconds: 3600 }

interface StepJob {
  stepId: string
}

/** Installs pg-boss's schema. Called once by server/db/migrate.ts, before anything else starts. */
export async function installQueue(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, max: 1, supervise: false, schedule: false })
  boss.on('error', () => undefined) // start and createQueue reject by themselves
  await boss.start()
  try {
    // started once, its schema is there
  } finally {
    await boss.stop({ graceful: false })
  }
}

const queues = new WeakMap<Database, Promise<PgBoss>>()

/** The queue over this database's connections, started at the first call. */
export function queueOf(db: Database): Promise<PgBoss> {
  let queue = queues.get(db)
  if (!queue) {
    const boss = new PgBoss({ db: { executeSql: (text, values) => poolOf(db).query(text, values) }, migrate: false, supervise: false, schedule: false })
    boss.on('error', (error) => console.error('queue:', error.message))
    queue = boss.start()
    queues.set(db, queue)
    queue.catch(() => queues.delete(db))
  }
  return queue
}

/** Stops the queue's timers, if it was started. */
export async function closeQueue(db: Database): Promise<void> {
  const queue = queues.get(db)
  queues.delete(db)
  if (queue) await (await queue).stop({ graceful: false })
}

/**
 * Sends steps; those of runs with a higher priority are delivered first, then those of earlier runs, and within a run earlier steps. The
 * number fits pg-boss's 32 bits: 400,000 runs apart, order wraps round.
 */
export async function sendSteps(boss: PgBoss, tx: Tx, stepIds: string[]): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string; priority: number; retry_at: Date | null; code: string; device: string; memory_bytes: number }[]>`
    SELECT s.code, s.device, s.memory_bytes::float8 AS memory_bytes, s.id, coalesce(r.priority, 0) * 400000000 - ((coalesce(r.seq, 0) % 400000) * 1000 + least(s.ordinal, 999)) AS priority, s.retry_at
    FROM step s LEFT JOIN run r ON r.id = s.run_id WHERE s.id = ANY(${stepIds}::text[])`
  const queues = new Map<string, typeof rows>()
  for (const row of rows) {
    const name = queueOfNeeds({ code: row.code, device: row.device, memoryBytes: row.memory_bytes })
    queues.set(name, [...(queues.get(name) ?? []), row])
  }
  for (const [name, steps] of queues) {
    const jobs = steps.map(({ id, priority, retry_at }) => ({ data: { stepId: id } satisfies StepJob, priority, singletonKey: id, ...(retry_at && { startAfter: retry_at }) }))
    await ensureQueue(boss, name)
    await boss.insert(name, jobs, { db: fromPrisma(tx) })
  }
}

const known = new WeakMap<PgBoss, Set<string>>()

/** A job lives for moments: it is deleted as soon as a worker has it. One that gets lost is sent again by the sweep. */
async function ensureQueue(boss: PgBoss, name: string): Promise<void> {
  const names = known.get(boss) ?? new Set()
  known.set(boss, names)
  if (names.has(name)) return
  if (!(await boss.getQueue(name))) await boss.createQueue(name, QUEUE_OPTIONS)
  names.add(name)
}

/** Takes steps out of the queue that no worker has yet: they are sent anew, with another priority. */
export async function withdrawSteps(tx: Tx, stepIds: string[]): Promise<void> {
  await tx.$executeRaw`DELETE FROM pgboss.job WHERE name LIKE ${STEP_QUEUES} AND singleton_key = ANY(${stepIds}::text[]) AND state < 'active'`
}

/** Takes the most urgent delivered step that the worker can run (absent: any), or null. Its job is gone then: from here on the step row is what counts. */
export async function takeStep(db: Database, worker?: Capabilities): Promise<string | null> {
  if (await readPause(db)) return null
  const boss = await queueOf(db)
  const queues = await db.$queryRaw<{ name: string }[]>`
    SELECT name FROM pgboss.job WHERE name LIKE ${STEP_QUEUES} AND state < 'active' AND start_after <= now() GROUP BY name ORDER BY max(priority) DESC, min(created_on)`
  for (const { name } of queues) {
    const needs = needsOfQueue(name)
    if (!needs || (worker && !canRun(worker, needs))) continue
    const [job] = await boss.fetch<StepJob>(name)
    if (!job) continue // another worker was faster
    await boss.deleteJob(name, job.id)
    return job.data.stepId
  }
  return null
}

/** Queued steps that no job will deliver: their job was taken by a worker that then died or was refused. */
export async function stepsWithoutJob(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM step s
    WHERE s.state = 'queued' AND s.queued_at < now() - interval '2 seconds' AND (s.retry_at IS NULL OR s.retry_at < now())
      AND NOT EXISTS (SELECT 1 FROM step t WHERE t.key = s.key AND t.state = 'running')
      AND NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE j.name LIKE ${STEP_QUEUES} AND j.singleton_key = s.id
                        AND (j.state < 'active' OR (j.state = 'active' AND j.started_on > now() - interval '10 seconds')))`
  return rows.map((row) => row.id)
}
