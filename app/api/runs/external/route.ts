// POST uploads a run file of another system (the body, gzipped or not) and launches a run that judges it beside ours.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { canonicalJson } from '@/contract/pipeline'
import { NewRun, type Launched } from '@/contract/run'
import { database } from '@/server/db/client'
import { importedKey, readDataset } from '@/server/db/datasets'
import { launchRuns } from '@/server/db/launch'
import { artifactsDir } from '@/server/db/location'
import { readRuns } from '@/server/db/runs'
import { publishArtifact } from '@/server/files/artifact'
import { sha256 } from '@/server/files/sha256'
import { readExternalRanking } from '@/server/ranking/external'
import { writeRanking, type Ranking } from '@/server/ranking/ranking'
import { actorOf } from '@/app/api/actor'
import { parse, parseQuery, route } from '@/app/api/answer'
import { artifactStore } from '@/server/db/local-artifact'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ datasetId: z.string().min(1, 'Choose a data set'), file: z.string().min(1, 'Give the name of the file').max(200), name: z.string().max(80, 'At most 80 characters').default('') })
/** What a run's configuration allows. */
const MIN_DEPTH = 10
/** A TREC run of all MS MARCO queries at depth 1000 has about as much. */
const MAX_UPLOAD_BYTES = 2_000_000_000

export const POST = route(async (request) => {
  const { datasetId, file, name } = parseQuery(request, Query)
  const db = database()
  const [dataset, files, datasetKey] = [await readDataset(db, datasetId), await datasetFiles(datasetId), await importedKey(db, datasetId)]
  const external = await withUpload(request, file, (uploaded) => readExternalRanking(uploaded, files, dataset.name))
  const key = sha256(canonicalJson({ kind: 'external', dataset: datasetKey, ranking: contentHash(external.ranking) })).slice(0, 32)
  const manifest = await publishArtifact(artifactsDir(), { key, kind: 'external' }, async (dir) => writeRanking(path.join(dir, 'ranking.bin'), external.ranking))
  await artifactStore().publish(key)
  const config = { method: 'external', datasetId, seed: 0, depth: Math.max(MIN_DEPTH, external.depth), rankingKey: key, fileName: file, notes: external.notes }
  const run = parse({ name: name.trim() || external.name.slice(0, 80), config }, NewRun)
  const { pipelineId, runIds } = await launchRuns(db, [run], { published: [manifest], by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(db, runIds) } satisfies Launched, { status: 201 })
})

/** Keeps the body in a file of the name that the user knows, which errors then say, for as long as `read` takes. */
async function withUpload<T>(request: Request, name: string, read: (file: string) => Promise<T>): Promise<T> {
  if (!request.body) throw new AppError('bad-input', 'The body is empty; send the run file')
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-upload-'))
  try {
    const file = path.join(dir, path.basename(name).replace(/[^\p{L}\p{N}._ -]/gu, '_') || 'run')
    await pipeline(Readable.fromWeb(request.body as import('node:stream/web').ReadableStream), bounded(MAX_UPLOAD_BYTES), fs.createWriteStream(file))
    // Next.js passes on 10 MiB of a body that has gone through proxy.ts, and silently drops the rest
    const [came, announced] = [fs.statSync(file).size, Number(request.headers.get('content-length') ?? NaN)]
    if (announced >= 0 && came !== announced) throw new AppError('bad-input', `${name}: only ${came} of ${announced} bytes came through; the dashboard takes files of up to 10 MiB: gzip it, or judge it with ./drhard eval`)
    return await read(file)
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

/** Lets at most so many bytes pass. */
function bounded(limit: number): Transform {
  let bytes = 0
  return new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length
      if (bytes > limit) done(new AppError('bad-input', `The file has more than ${limit} bytes; gzip it, or import its rankings in parts`))
      else done(null, piece)
    },
  })
}

function contentHash({ queryRows, offsets, docRows, scores }: Ranking): string {
  return sha256([queryRows, offsets, docRows, scores].map((array) => sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))).join())
}
