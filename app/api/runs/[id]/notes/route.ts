// GET gives a run's notes, PUT replaces them: Markdown.
import { RunNotes } from '@/contract/run'
import { database } from '@/server/db/client'
import { findRun, setNotes } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => ({ notes: (await findRun(database(), id)).notes }) satisfies RunNotes)

export const PUT = route<{ id: string }>(async (request, { id }) => {
  const { notes } = await parseBody(request, RunNotes)
  await setNotes(database(), id, notes, actorOf(request))
  return { notes } satisfies RunNotes
})
