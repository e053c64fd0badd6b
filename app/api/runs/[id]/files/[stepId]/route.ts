// GET downloads one file of a step's artifact.
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import { readRun } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ name: z.string().min(1) })

export const GET = route<{ id: string; stepId: string }>(async (request, { id, stepId }) => {
  const { name } = parseQuery(request, Query)
  const run = await readRun(database(), id)
  // only names that were published: nothing of the request becomes a path
  const file = run.files.find((each) => each.stepId === stepId && each.name === name)
  const step = run.steps.find((each) => each.id === stepId)
  if (!file || !step) throw new AppError('not-found', `Run ${run.name} has no file ${name} of this step; it may have been removed`)
  const bytes = Readable.toWeb(fs.createReadStream(path.join(await localArtifact(step.artifactKey), file.name))) as ReadableStream<Uint8Array>
  const saved = file.name.replace(/[^A-Za-z0-9._-]+/g, '-')
  return new Response(bytes, { headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.bytes), 'content-disposition': `attachment; filename="${saved}"` } })
})
