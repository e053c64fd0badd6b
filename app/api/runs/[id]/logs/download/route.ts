// GET downloads a run's log, or a step's, as text from the first line to the last.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { readWholeLog } from '@/server/db/logs'
import { findRun } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ stepId: z.string().optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { stepId } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const name = `${run.name.replace(/[^\w.-]+/g, '-')}-${id}.log`
  const pieces = readWholeLog(database(), { runId: id, stepId })
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: async () => void (await pieces.return(undefined)),
  })
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` } })
})
