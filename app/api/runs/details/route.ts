// GET gives several runs as their pages show them, in one answer; runs that do not exist are left out.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { readRunDetails } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'
import { runIds } from '@/app/api/compare/compared-runs'

export const dynamic = 'force-dynamic'

const Query = z.object({ ids: runIds(1) })

export const GET = route((request) => readRunDetails(database(), parseQuery(request, Query).ids))
