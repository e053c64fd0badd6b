// Job server processes: who is there, what each does. Written by jobs/server.ts, read by app/api.
import type { WorkerSummary } from '@/contract/worker'
import type { Capabilities, StepNeeds } from '@/contract/needs'
import type { Tx } from './client'

/** A worker that has not beaten for this long is shown as lost. Its steps go back when their lease lapses. */
const LOST_AFTER_MS = 10_000

export interface NewWorker {
  id: string
  host: string
  pid: number
  cores: number
  memoryBytes: number
  version: string
  devices: string[]
  codes: string[]
  slots: number
  store: string
}

export async function registerWorker(tx: Tx, worker: NewWorker): Promise<void> {
  await tx.worker.create({ data: worker })
}

export async function beatWorker(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE worker SET heartbeat_at = clock_timestamp() WHERE id = ${id}`
}

export async function stopWorker(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE worker SET stopped_at = clock_timestamp(), heartbeat_at = clock_timestamp() WHERE id = ${id}`
}

/** Workers of this host that were not stopped properly, for a starting worker to look whether their process is gone. */
export async function unstoppedWorkers(tx: Tx, host: string): Promise<{ id: string; pid: number }[]> {
  return tx.worker.findMany({ where: { host, stoppedAt: null }, select: { id: true, pid: true } })
}

/** Removes workers that stopped or were lost more than a day ago. */
export async function pruneWorkers(tx: Tx): Promise<void> {
  await tx.$executeRaw`DELETE FROM worker WHERE heartbeat_at < now() - interval '1 day'`
}

/** What the workers that are there have, each by itself. */
export async function liveCapabilities(tx: Tx): Promise<Capabilities[]> {
  const rows = await tx.$queryRaw<{ codes: string[]; devices: string[]; memory_bytes: number }[]>`
    SELECT codes, devices, memory_bytes::float8 AS memory_bytes FROM worker
    WHERE stopped_at IS NULL AND draining_at IS NULL AND heartbeat_at > clock_timestamp() - make_interval(secs => ${LOST_AFTER_MS / 1000}::float8)`
  return rows.map(({ codes, devices, memory_bytes }) => ({ codes, devices, memoryBytes: memory_bytes }))
}

/** How many steps with these needs the workers that are there can run at the same time. */
export async function liveSlots(tx: Tx, { code, device, memoryBytes }: StepNeeds): Promise<number> {
  const [{ slots }] = await tx.$queryRaw<{ slots: number }[]>`
    SELECT coalesce(sum(slots), 0)::int AS slots FROM worker
    WHERE stopped_at IS NULL AND draining_at IS NULL AND heartbeat_at > clock_timestamp() - make_interval(secs => ${LOST_AFTER_MS / 1000}::float8)
      AND ${code} = ANY(codes) AND ${device} = ANY(devices) AND memory_bytes >= ${memoryBytes}`
  return slots
}

/** Memory of the largest worker that is there; null where none is. */
export async function liveCapacity(tx: Tx): Promise<{ memoryBytes: number | null }> {
  const workers = await liveCapabilities(tx)
  return { memoryBytes: workers.length ? Math.max(...workers.map((worker) => worker.memoryBytes)) : null }
}

/** Shows that a worker takes no more steps. */
export async function drainWorker(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE worker SET draining_at = clock_timestamp() WHERE id = ${id}`
}

/** All workers, live ones first, then the latest. */
export async function listWorkers(tx: Tx): Promise<WorkerSummary[]> {
  const now = Date.now()
  const [workers, running] = await Promise.all([
    tx.worker.findMany({ orderBy: { startedAt: 'desc' }, take: 50 }),
    tx.step.findMany({ where: { state: 'running' }, select: { id: true, runId: true, label: true, workerId: true } }),
  ])
  const summaries = workers.map((worker): WorkerSummary => {
    const step = running.find((s) => s.workerId === worker.id)
    const lost = now - worker.heartbeatAt.getTime() > LOST_AFTER_MS
    return {
      id: worker.id,
      host: worker.host,
      pid: worker.pid,
      cores: worker.cores,
      memoryBytes: Number(worker.memoryBytes),
      version: worker.version,
      devices: worker.devices,
      slots: worker.slots,
      store: worker.store,
      state: worker.stoppedAt ? 'stopped' : lost ? 'lost' : worker.drainingAt ? 'draining' : step ? 'busy' : 'idle',
      currentStep: step ? { stepId: step.id, runId: step.runId, label: step.label } : null,
      startedAt: worker.startedAt.toISOString(),
      heartbeatAt: worker.heartbeatAt.toISOString(),
    }
  })
  const isLive = (w: WorkerSummary) => w.state === 'idle' || w.state === 'busy' || w.state === 'draining'
  return summaries.sort((a, b) => Number(isLive(b)) - Number(isLive(a)))
}
