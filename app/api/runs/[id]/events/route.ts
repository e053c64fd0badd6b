// GET streams a run's events as server-sent events.
import { database } from '@/server/db/client'
import { findRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'
import { streamEvents } from '@/app/api/event-stream'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (request, { id }) => {
  await findRun(database(), id)
  return streamEvents(request, { runId: id })
})
