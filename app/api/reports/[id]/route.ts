// GET reads a report, PATCH changes it unless somebody else has meanwhile, DELETE removes it.
import { ReportChange } from '@/contract/report'
import { database } from '@/server/db/client'
import { changeReport, deleteReport, readReport } from '@/server/db/reports'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => readReport(database(), id))

export const PATCH = route<{ id: string }>(async (request, { id }) => changeReport(database(), id, await parseBody(request, ReportChange), actorOf(request)))

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await deleteReport(database(), id, actorOf(request))
  return new Response(null, { status: 204 })
})
