// POST launches a run that judges a run file of another system, uploaded before (app/api/uploads; gzipped or not), beside ours. The file is
// kept no longer.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { canonicalJson } from '@/contract/step'
import { ExternalRun, NewRun, type Launched } from '@/contract/run'
import { database } from '@/server/db/client'
import { importedKey, readDataset } from '@/server/db/datasets'
import { launchRuns } from '@/server/db/launch'
import { artifactsDir, uploadsDir } from '@/server/db/location'
import { readRuns } from '@/server/db/runs'
import { publishArtifact } from '@/server/files/artifact'
import { sha256 } from '@/server/files/sha256'
import { readExternalRanking } from '@/server/ranking/external'
import { writeRanking, type Ranking } from '@/server/ranking/ranking'
import { actorOf } from '@/app/api/actor'
import { parse, parseBody, route } from '@/app/api/answer'
import { artifactStore } from '@/server/db/local-artifact'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

/** What a run's configuration allows. */
const MIN_DEPTH = 10
/** A TREC run of all MS MARCO queries at depth 1000 has about as much. */
const MAX_FILE_BYTES = 2_000_000_000

export const POST = route(async (request) => {
  const { datasetId, upload, file, name } = await parseBody(request, ExternalRun)
  const db = database()
  const [dataset, files, datasetKey] = [await readDataset(db, datasetId), await datasetFiles(datasetId), await importedKey(db, datasetId)]
  const external = await readUpload(upload, file, (uploaded) => readExternalRanking(uploaded, files, dataset.name))
  const key = sha256(canonicalJson({ kind: 'external', dataset: datasetKey, ranking: contentHash(external.ranking) })).slice(0, 32)
  const manifest = await publishArtifact(artifactsDir(), { key, kind: 'external' }, async (dir) => writeRanking(path.join(dir, 'ranking.bin'), external.ranking))
  await artifactStore().publish(key)
  const config = { method: 'external', datasetId, seed: 0, depth: Math.max(MIN_DEPTH, external.depth), rankingKey: key, fileName: file, notes: external.notes }
  const run = parse({ name: name.trim() || external.name.slice(0, 80), config }, NewRun)
  const { pipelineId, runIds } = await launchRuns(db, [run], { published: [manifest], by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(db, runIds) } satisfies Launched, { status: 201 })
})

/** Reads an uploaded file, which is removed then. Throws not-found where it is not there, or not whole, and bad-input where it is too large to be read. */
async function readUpload<T>(upload: string, name: string, read: (file: string) => Promise<T>): Promise<T> {
  const folder = path.join(uploadsDir(), upload)
  const file = path.join(folder, name)
  const bytes = fs.statSync(file, { throwIfNoEntry: false })?.size
  if (bytes === undefined) throw new AppError('not-found', `Upload ${upload} has no ${name}, or not to its end; upload it again`)
  try {
    if (bytes > MAX_FILE_BYTES) throw new AppError('bad-input', `${name} has ${bytes} bytes; at most ${MAX_FILE_BYTES} are read: gzip it, or upload its rankings in parts`)
    return await read(file)
  } finally {
    fs.rmSync(file)
    if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder)
  }
}

function contentHash({ queryRows, offsets, docRows, scores }: Ranking): string {
  return sha256([queryRows, offsets, docRows, scores].map((array) => sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))).join())
}
