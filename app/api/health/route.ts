// GET tells whether the database answers and a worker is there; asked by the launcher and by the page's status line.
import type { Health } from '@/contract/worker'
import packageJson from '@/package.json'
import { database } from '@/server/db/client'
import { listWorkers } from '@/server/db/workers'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(async () => {
  const workers = await listWorkers(database())
  const liveWorkers = workers.filter((worker) => worker.state === 'idle' || worker.state === 'busy').length
  return { ok: true, database: true, liveWorkers, version: packageJson.version } satisfies Health
})
