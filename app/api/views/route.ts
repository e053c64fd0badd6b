// GET lists the views of the table of runs, POST keeps one under its name.
import { SavedView } from '@/contract/run-table'
import { database } from '@/server/db/client'
import { listViews, saveView } from '@/server/db/run-bulk'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listViews(database()))

export const POST = route(async (request) => {
  const view = await parseBody(request, SavedView)
  await saveView(database(), view, actorOf(request))
  return Response.json(view, { status: 201 })
})
