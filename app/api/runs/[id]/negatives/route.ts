// GET shows mined hard negatives that may well be relevant: they score above the relevant document, near it, or repeat its words.
// POST launches the run again without those that were judged relevant here.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { canonicalJson } from '@/contract/step'
import type { MinedNegatives } from '@/contract/query'
import { MineAgain } from '@/contract/routes'
import { NewRun, type Launched, RunConfig } from '@/contract/run'
import { EXCLUSIONS_FILE, writeExclusions } from '@/server/dataset/exclusions'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { readJudgements } from '@/server/db/judgements'
import { launchRuns } from '@/server/db/launch'
import type { Step } from '@/server/db/generated/client'
import { artifactStore } from '@/server/db/local-artifact'
import { artifactsDir } from '@/server/db/location'
import { roomForArtifacts } from '@/server/db/room'
import { findRun, readRuns } from '@/server/db/runs'
import { findSuspects, type Suspects } from '@/server/eval/suspects'
import { publishArtifact } from '@/server/files/artifact'
import { sha256 } from '@/server/files/sha256'
import { actorOf } from '@/app/api/actor'
import { parseBody, parse, route } from '@/app/api/answer'
import { negativesStep, openMined, takenFrom } from '@/app/api/mined-negatives'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

/** Looking through more takes longer than a page should. */
const MAX_QUERIES = 2000
const SHOWN = 200
const MARGIN_BINS = 40
const MAX_CACHED = 20
const cache = new Map<string, Omit<MinedNegatives, 'datasetId' | 'excludable' | 'excluded'>>()

export const GET = route<{ id: string }>(async (_, { id }) => {
  const db = database()
  const run = await findRun(db, id)
  const step = await negativesStep(id)
  if (!step) throw new AppError('not-found', `Run ${run.name} mines no negatives; STAR and BM25-negatives runs do`)
  const found = cache.get(step.key) ?? (await lookThrough(run.datasetId, step))
  cache.set(step.key, found)
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  const own = await readJudgements(db, run.datasetId)
  const grades = new Map(own.map(({ queryRow, docRow, grade }) => [`${queryRow} ${docRow}`, grade]))
  const config = RunConfig.parse(run.config)
  return {
    ...found,
    datasetId: run.datasetId,
    suspects: found.suspects.map((each) => ({ ...each, ownGrade: grades.get(`${each.query.row} ${each.doc.row}`) ?? null })),
    excludable: (await excludablePairs(run.datasetId)).length,
    excluded: 'excluded' in config ? (config.excluded?.pairs ?? 0) : 0,
  } satisfies MinedNegatives
})

export const POST = route<{ id: string }>(async (request, { id }) => {
  const { name } = await parseBody(request, MineAgain)
  const db = database()
  const run = await findRun(db, id)
  const config = RunConfig.parse(run.config)
  if (config.method !== 'star' && config.method !== 'bm25-negatives') throw new AppError('bad-input', `Run ${run.name} mines no negatives; STAR and BM25-negatives runs do`)
  const pairs = await excludablePairs(run.datasetId)
  if (pairs.length === 0) throw new AppError('conflict', 'No document of a training query was judged relevant here; judge some of the suspicious negatives first')
  const key = sha256(canonicalJson({ kind: 'exclusions', dataset: await importedKey(db, run.datasetId), pairs })).slice(0, 32)
  const manifest = await publishArtifact(artifactsDir(), { key, kind: 'exclusions' }, async (dir) => writeExclusions(path.join(dir, EXCLUSIONS_FILE), pairs))
  await artifactStore().publish(key)
  const again = parse({ name, config: { ...config, excluded: { key, pairs: pairs.length } } }, NewRun)
  const { pipelineId, runIds } = await launchRuns(db, [again], { published: [manifest], roomBytes: await roomForArtifacts(db), by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(db, runIds) } satisfies Launched, { status: 201 })
})

async function lookThrough(datasetId: string, step: Step): Promise<Omit<MinedNegatives, 'datasetId' | 'excludable' | 'excluded'>> {
  const dataset = await datasetFiles(datasetId)
  const mined = await openMined(step, dataset.queryRows('train'))
  let found: Suspects
  try {
    found = findSuspects(mined, dataset, { maxQueries: MAX_QUERIES, keep: SHOWN })
  } finally {
    mined.close()
  }
  const { suspects, margins, ...counts } = found
  const doc = (row: number) => ({ row, id: dataset.docIds.idOf(row), text: dataset.docs.get(row) })
  const query = (row: number) => ({ row, id: dataset.queryIds.idOf(row), text: dataset.queries.get(row) })
  return {
    ...counts,
    takenFrom: takenFrom(step),
    allQueries: mined.queryRows.length,
    margins: histogram(margins),
    suspects: suspects.map((each) => ({ query: query(each.queryRow), doc: doc(each.docRow), rank: each.rank, score: each.score, positive: doc(each.positiveRow), positiveScore: each.positiveScore, overlap: each.overlap, ownGrade: null })),
  }
}

/** Equal bins around zero, as wide to both sides as the farthest value. */
function histogram(values: number[]): MinedNegatives['margins'] {
  const reach = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (reach === 0) return null
  const counts = new Array<number>(MARGIN_BINS).fill(0)
  for (const value of values) counts[Math.min(MARGIN_BINS - 1, Math.floor(((value + reach) / (2 * reach)) * MARGIN_BINS))]++
  return { from: -reach, to: reach, counts }
}

/** Pairs of training queries that were judged relevant here and not officially. */
async function excludablePairs(datasetId: string): Promise<{ queryRow: number; docRow: number }[]> {
  const { qrels, queryRows } = await datasetFiles(datasetId)
  const train = new Set(queryRows('train'))
  const own = await readJudgements(database(), datasetId)
  return own.filter(({ queryRow, docRow, grade }) => grade > 0 && train.has(queryRow) && !qrels.relevant(queryRow).some((each) => each.docRow === docRow)).map(({ queryRow, docRow }) => ({ queryRow, docRow }))
}
