// GET gives one training metric of several runs, packed: contract/packed-curves.ts has the layout.
import { z } from 'zod'
import { packCurves } from '@/contract/packed-curves'
import { database } from '@/server/db/client'
import { readCurves } from '@/server/db/metrics'
import { parseQuery, route } from '@/app/api/answer'
import { runIds } from '@/app/api/compare/compared-runs'

export const dynamic = 'force-dynamic'

const Query = z.object({ ids: runIds(1), name: z.string().min(1).max(100) })

export const GET = route(async (request) => {
  const { ids, name } = parseQuery(request, Query)
  return new Response(packCurves(await readCurves(database(), ids, name)), { headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' } })
})
