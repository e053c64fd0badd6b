// GET lists reports, POST creates one.
import { NewReport } from '@/contract/report'
import { database } from '@/server/db/client'
import { createReport, listReports } from '@/server/db/reports'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listReports(database()))

export const POST = route(async (request) => Response.json(await createReport(database(), await parseBody(request, NewReport), actorOf(request)), { status: 201 }))
