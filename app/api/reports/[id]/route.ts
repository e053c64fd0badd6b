// GET gives a report, PUT replaces it, DELETE deletes it.
import { ReportChange } from '@/contract/report'
import { database } from '@/server/db/client'
import { changeReport, deleteReport, findReport } from '@/server/db/reports'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => findReport(database(), id))

export const PUT = route<{ id: string }>(async (request, { id }) => changeReport(database(), id, await parseBody(request, ReportChange), actorOf(request)))

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await deleteReport(database(), id, actorOf(request))
  return new Response(null, { status: 204 })
})
