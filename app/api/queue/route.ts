// GET tells whether the queue gives out steps, POST pauses or resumes it; steps that run go on.
import { z } from 'zod'
import type { QueueStatus } from '@/contract/worker'
import { database } from '@/server/db/client'
import { pauseQueue, readPause, resumeQueue } from '@/server/db/settings'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Change = z.discriminatedUnion('paused', [z.object({ paused: z.literal(true), reason: z.string().trim().min(1, 'Say why, for whoever wonders').max(200, 'At most 200 characters') }), z.object({ paused: z.literal(false) })])

export const GET = route(status)

export const POST = route(async (request) => {
  const change = await parseBody(request, Change)
  if (change.paused) await pauseQueue(database(), { by: null, reason: change.reason })
  else await resumeQueue(database())
  return status()
})

async function status(): Promise<QueueStatus> {
  const db = database()
  const [pause, queued, running] = await Promise.all([readPause(db), db.step.count({ where: { state: 'queued' } }), db.step.count({ where: { state: 'running' } })])
  return { pause, queued, running }
}
