// GET pages through who did what.
import { z } from 'zod'
import { readAudit } from '@/server/db/audit'
import { database } from '@/server/db/client'
import { cursor, parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ before: cursor.optional(), limit: wholeNumber(1, 500).default(100) })

export const GET = route((request) => readAudit(database(), parseQuery(request, Query)))
