// GET tells whether the queue gives out steps, POST pauses or resumes it; steps that run go on.
import { QueueChange } from '@/contract/routes'
import type { QueueStatus } from '@/contract/worker'
import { database } from '@/server/db/client'
import { pauseQueue, readPause, resumeQueue } from '@/server/db/settings'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(status)

export const POST = route(async (request) => {
  const change = await parseBody(request, QueueChange)
  if (change.paused) await pauseQueue(database(), change.reason, actorOf(request))
  else await resumeQueue(database(), actorOf(request))
  return status()
})

async function status(): Promise<QueueStatus> {
  const db = database()
  const [pause, queued, running] = await Promise.all([readPause(db), db.step.count({ where: { state: 'queued' } }), db.step.count({ where: { state: 'running' } })])
  return { pause, queued, running }
}
