// GET downloads run files, measures, configuration and fingerprints of one checkpoint as an archive, scored again after conversion.
import { z } from 'zod'
import { readBundle } from '@/server/db/bundle'
import { database } from '@/server/db/client'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ checkpoint: wholeNumber(0, 999_999_999).optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { checkpoint } = parseQuery(request, Query)
  const { name, bytes } = await readBundle(database(), id, checkpoint)
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/gzip', 'content-disposition': `attachment; filename="${name}"` } })
})
