// The API on a real Postgres and real artifacts: what the browser reads is what the steps published.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunComparison } from '@/contract/compare'
import { DatasetSample, DatasetSummary } from '@/contract/dataset'
import { LogPage, RunEvent } from '@/contract/event'
import { QueryPage, QueryRanking, Trajectories } from '@/contract/query'
import { isLive, Launched, RunDetail, RunSummary } from '@/contract/run'
import { Upload } from '@/contract/upload'
import { WorkerSummary } from '@/contract/worker'
import { bundleChild } from '@/jobs/child-bundle'
import { startWorker, type RunningWorker } from '@/jobs/server'
import { judgeFiles } from '@/jobs/eval-files'
import { database } from '@/server/db/client'
import { closeQueue } from '@/server/db/queue'
import { writeTinyData } from '@/tests/e2e/tiny-data'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import * as compareRoute from './compare/route'
import * as datasetRoute from './datasets/[id]/route'
import * as sampleRoute from './datasets/[id]/sample/route'
import * as datasetsRoute from './datasets/route'
import * as allEventsRoute from './events/route'
import * as cancelRoute from './runs/[id]/cancel/route'
import * as eventsRoute from './runs/[id]/events/route'
import * as logsRoute from './runs/[id]/logs/route'
import * as bundleRoute from './runs/[id]/bundle/route'
import * as externalRoute from './runs/external/route'
import * as fusionRoute from './runs/fusion/route'
import * as negativesRoute from './runs/[id]/negatives/route'
import * as trajectoriesRoute from './runs/[id]/trajectories/route'
import * as queryRoute from './runs/[id]/queries/[row]/route'
import * as queriesRoute from './runs/[id]/queries/route'
import * as rankingRoute from './runs/[id]/ranking/route'
import * as runRoute from './runs/[id]/route'
import * as runsRoute from './runs/route'
import * as uploadsRoute from './uploads/route'
import * as workersRoute from './workers/route'

type Handler<P> = (request: Request, context: { params: Promise<P> }) => Promise<Response>

let fresh: FreshDatabase
let worker: RunningWorker
let datasetId: string
let runIds: string[]
let folder: string

const ask = <P>(handler: Handler<P>, params: P, query = '', init?: RequestInit) => handler(new Request(`http://x/api${query}`, init), { params: Promise.resolve(params) })
const json = async <P>(handler: Handler<P>, params: P, query = '', init?: RequestInit) => (await ask(handler, params, query, init)).json()
const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })
const bm25 = (name: string, k1: number) => ({ name, config: { method: 'bm25', datasetId, seed: 1, depth: 50, k1, b: 0.4 } })

async function untilEnded(id: string): Promise<RunDetail> {
  for (;;) {
    const run = RunDetail.parse(await json(runRoute.GET, { id }))
    if (!isLive(run.state)) return run
    await sleep(50)
  }
}

beforeAll(async () => {
  fresh = await freshDatabase()
  folder = path.join(fresh.dataDir, 'source')
  writeTinyData(folder)
  const childFile = await bundleChild(path.resolve('.'), path.resolve('jobs/child.ts'))
  worker = await startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 1, log: () => undefined })
  const dataset = DatasetSummary.parse(await json(datasetsRoute.POST, {}, '', post({ name: 'tiny', source: { kind: 'tsv', folder } })))
  datasetId = dataset.id
  const launched = Launched.parse(await json(runsRoute.POST, {}, '', post({ runs: [bm25('plain', 0.9), bm25('flat', 0)] })))
  runIds = launched.runs.map((run) => run.id)
  await Promise.all(runIds.map(untilEnded))
})
afterAll(async () => {
  await worker.drain()
  await closeQueue(database())
  await database().$disconnect()
  await fresh.dispose()
})

describe('API', () => {
  it('lists what was launched, with its evaluation', async () => {
    const runs = RunSummary.array().parse(await json(runsRoute.GET, {}))
    expect(runs.map((run) => [run.name, run.state, run.evaluations.length])).toEqual([
      ['flat', 'succeeded', 1],
      ['plain', 'succeeded', 1],
    ])
    expect(WorkerSummary.array().parse(await json(workersRoute.GET, {}))).toMatchObject([{ state: 'idle' }])
  })

  it('shows the data set with counts and samples', async () => {
    const dataset = DatasetSummary.parse(await json(datasetRoute.GET, { id: datasetId }))
    expect(dataset).toMatchObject({ state: 'ready', counts: { docs: 50 }, runCount: 2 })
    const { queries } = DatasetSample.parse(await json(sampleRoute.GET, { id: datasetId }))
    expect(new Set(queries.map((q) => q.split))).toEqual(new Set(['train', 'dev', 'test']))
    expect(queries[0].relevant[0].text).toContain('In the')
  })

  it('sorts, filters and pages queries', async () => {
    const id = runIds[0]
    const all = QueryPage.parse(await json(queriesRoute.GET, { id }, '?limit=1000'))
    expect(all.total).toBe(all.results.length)
    const sorted = QueryPage.parse(await json(queriesRoute.GET, { id }, '?sort=MRR@10&order=desc&limit=5&offset=2'))
    const expected = all.results.toSorted((a, b) => b.measures['MRR@10']! - a.measures['MRR@10']! || a.row - b.row).slice(2, 7)
    expect(sorted.results).toEqual(expected)
    const filtered = QueryPage.parse(await json(queriesRoute.GET, { id }, '?q=FOX'))
    expect(filtered.total).toBeGreaterThan(0)
    expect(filtered.results.every((r) => r.text.includes('fox'))).toBe(true)
    const mean = all.results.reduce((sum, r) => sum + r.measures['NDCG@10']!, 0) / all.total
    expect(mean).toBeCloseTo((await untilEnded(id)).evaluations[0].measures['NDCG@10']!, 12)
  })

  it('tells how hard each query is for BM25, and how a run does on easy and hard ones', async () => {
    const plain = QueryPage.parse(await json(queriesRoute.GET, { id: runIds[0] }, '?limit=1000'))
    // both runs are BM25: the later one, by the time of its evaluation, is the yardstick of both
    const yardstick = plain.difficulty!
    expect(['plain', 'flat']).toContain(yardstick.runName)
    const ofYardstick = QueryPage.parse(await json(queriesRoute.GET, { id: yardstick.runId }, '?limit=1000')).results
    for (const [i, { difficulty }] of plain.results.entries()) {
      const { 'MRR@10': mrr, 'R@100': recall } = ofYardstick[i].measures
      expect(difficulty).toBe(mrr! > 0 ? 'easy' : recall! > 0 ? 'medium' : 'hard')
    }
    expect(yardstick.slices.map(({ level }) => level)).toEqual(['easy', 'medium', 'hard'])
    for (const { level, n, measures } of yardstick.slices) {
      const own = plain.results.filter((result) => result.difficulty === level)
      expect(n).toBe(own.length)
      if (n > 0) expect(measures['NDCG@10']).toBeCloseTo(own.reduce((sum, r) => sum + r.measures['NDCG@10']!, 0) / n, 12)
      const filtered = QueryPage.parse(await json(queriesRoute.GET, { id: runIds[0] }, `?limit=1000&difficulty=${level}`))
      expect(filtered.results).toEqual(own)
    }
    const hardest = QueryPage.parse(await json(queriesRoute.GET, { id: runIds[0] }, '?limit=1000&sort=difficulty&order=desc')).results.map((result) => ['easy', 'medium', 'hard'].indexOf(result.difficulty!))
    expect(hardest).toEqual(hardest.toSorted((a, b) => b - a))
  })

  it('shows a query with its ranked and missed documents, and its neighbours', async () => {
    const id = runIds[0]
    const { results } = QueryPage.parse(await json(queriesRoute.GET, { id }, '?limit=3'))
    const shown = QueryRanking.parse(await json(queryRoute.GET, { id, row: String(results[1].row) }))
    expect(shown).toMatchObject({ previousRow: results[0].row, nextRow: results[2].row, text: results[1].text, measures: results[1].measures })
    expect(shown.docs.filter((d) => d.grade !== null).length + shown.missed.length).toBe(1)
    expect(await ask(queryRoute.GET, { id, row: '99999' })).toMatchObject({ status: 404 })
  })

  it('downloads rankings with official ids, which give the same measures', async () => {
    const run = await untilEnded(runIds[0])
    const devQueries = new Set(fs.readFileSync(path.join(folder, 'split.tsv'), 'utf8').trimEnd().split('\n').filter((l) => l.endsWith('\tdev')).map((l) => l.split('\t')[0]))
    const qrels = path.join(fresh.dataDir, 'dev.qrels')
    fs.writeFileSync(qrels, fs.readFileSync(path.join(folder, 'qrels.tsv'), 'utf8').split('\n').filter((line) => devQueries.has(line.split('\t')[0])).join('\n'))
    for (const format of ['trec', 'msmarco'] as const) {
      const response = await ask(rankingRoute.GET, { id: run.id }, `?format=${format}`)
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="plain-0-dev.${format === 'trec' ? 'trec' : 'msmarco.tsv'}"`)
      const file = path.join(fresh.dataDir, `downloaded.${format}`)
      fs.writeFileSync(file, await response.text())
      const { runs } = await judgeFiles({ qrels, runs: [file], measures: Object.keys(run.evaluations[0].measures).join() })
      for (const { id, mean } of runs[0].evaluation.results) expect(mean).toBeCloseTo(run.evaluations[0].measures[id], 12)
    }
  })

  it('compares runs with the first of them', async () => {
    const { baseline, comparisons } = RunComparison.parse(await json(compareRoute.GET, {}, `?runs=${runIds.join(',')}`))
    expect(baseline).toBe(runIds[0])
    expect(comparisons.map((c) => c.measure)).toEqual(['MRR@10', 'R@100', 'NDCG@10'])
    const chosen = RunComparison.parse(await json(compareRoute.GET, {}, `?runs=${runIds.join(',')}&measures=AP,Success@5`))
    expect(chosen.comparisons.map((c) => c.measure)).toEqual(['AP', 'Success@5'])
    expect(chosen.seeds.groups.map((group) => group.runs)).toEqual(runIds.map((id) => [id])) // k1 differs
    expect(chosen.means.every((m) => m.low <= m.mean && m.mean <= m.high)).toBe(true)
    expect((await ask(compareRoute.GET, {}, '?runs=one')).status).toBe(400)
  })

  it('judges an uploaded run file beside ours, with the very measures of the run that it was exported from', async () => {
    const exported = await (await ask(rankingRoute.GET, { id: runIds[0] }, '?format=trec')).text()
    const pieces = async (content: Uint8Array): Promise<string> => {
      const file = encodeURIComponent('their run.trec.gz')
      const half = content.length >> 1
      const first = Upload.parse(await json(uploadsRoute.POST, {}, `?file=${file}&at=0&total=${content.length}`, { method: 'POST', body: content.slice(0, half) }))
      await json(uploadsRoute.POST, {}, `?upload=${first.upload}&file=${file}&at=${half}&total=${content.length}`, { method: 'POST', body: content.slice(half) })
      return first.upload
    }
    const judge = (upload: string) => json(externalRoute.POST, {}, '', post({ datasetId, upload, file: 'their run.trec.gz' }))
    const upload = async (content: string | Buffer) => judge(await pieces(Uint8Array.from(Buffer.from(content as string))))
    const { runs } = Launched.parse(await upload(gzipSync(exported)))
    const [ours, theirs] = [await untilEnded(runIds[0]), await untilEnded(runs[0].id)]
    expect(theirs).toMatchObject({ name: 'plain', method: 'external', state: 'succeeded', config: { fileName: 'their run.trec.gz', notes: [] } })
    expect(theirs.evaluations[0].measures).toEqual(ours.evaluations[0].measures)
    const { comparisons } = RunComparison.parse(await json(compareRoute.GET, {}, `?runs=${ours.id},${theirs.id}`))
    expect(comparisons.every((c) => c.p === 1 && c.difference === 0)).toBe(true)
    expect((await upload(exported.replace(/^\S+ Q0 \S+/, (line) => line.replace(/\S+$/, 'nowhere')))).error.message).toMatch(/Document "nowhere" of query ".*" is not in data set tiny/)
    expect((await upload(exported.replace(/^\S+/, 'x y'))).error.message).toMatch(/their run\.trec\.gz line 1: expected 6 columns/)
    expect((await upload('zz Q0 d 1 1 t\n')).error.message).toMatch(/None of the 1 queries of the file is in data set tiny/)
    // it was read, accepted or not: nothing of it stays
    expect(fs.readdirSync(path.join(fresh.dataDir, 'imports', 'uploads'))).toEqual([])
    expect((await judge('0123456789abcdef')).error).toMatchObject({ code: 'not-found', message: 'Upload 0123456789abcdef has no their run.trec.gz, or not to its end; upload it again' })
  })

  it('fuses runs into a run; a run fused with itself keeps its order', async () => {
    const { runs } = Launched.parse(await json(fusionRoute.POST, {}, '', post({ name: 'twice', runs: [{ id: runIds[0] }, { id: runIds[0] }], fusion: 'rrf', depth: 50 })))
    const fused = await untilEnded(runs[0].id)
    expect(fused).toMatchObject({ state: 'succeeded', method: 'fusion' })
    expect(fused.evaluations[0].measures).toEqual((await untilEnded(runIds[0])).evaluations[0].measures)
    expect((await ask(fusionRoute.POST, {}, '', post({ name: 'one', runs: [{ id: runIds[0] }], fusion: 'rrf' }))).status).toBe(400)
  })

  it('tells rank trajectories of all queries and of one, and that a run without mining has no negatives', async () => {
    const { results } = QueryPage.parse(await json(queriesRoute.GET, { id: runIds[0] }, '?limit=1000'))
    const all = Trajectories.parse(await json(trajectoriesRoute.GET, { id: runIds[0] }))
    expect(all).toMatchObject({ n: results.length, better: 0, same: results.length, worse: 0, ranks: null })
    expect(all.checkpoints[0].counts.reduce((a, b) => a + b, 0)).toBe(results.length)
    expect(all.checkpoints[0].counts[0]).toBe(results.filter((r) => r.measures['MRR@10'] === 1).length)
    const one = Trajectories.parse(await json(trajectoriesRoute.GET, { id: runIds[0] }, `?row=${results[1].row}`))
    const shown = QueryRanking.parse(await json(queryRoute.GET, { id: runIds[0], row: String(results[1].row) }))
    expect(one.ranks).toEqual([shown.docs.find((doc) => (doc.grade ?? 0) > 0)?.rank ?? null])
    expect((await json(negativesRoute.GET, { id: runIds[0] })).error.message).toMatch(/plain mines no negatives/)
  })

  it('packs a bundle whose files give the same measures', async () => {
    const response = await ask(bundleRoute.GET, { id: runIds[0] })
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="plain-0-dev.tar.gz"')
    const archive = path.join(fresh.dataDir, 'bundle.tar.gz')
    fs.writeFileSync(archive, Buffer.from(await response.arrayBuffer()))
    execFileSync('tar', ['xzf', archive, '-C', fresh.dataDir])
    const unpacked = path.join(fresh.dataDir, 'plain-0-dev')
    expect(fs.readdirSync(unpacked).toSorted()).toEqual(['README.md', 'config.json', 'fingerprints.json', 'ir_metadata.yml', 'measures.json', 'plain-0-dev.msmarco.tsv', 'plain-0-dev.trec'])
    expect(JSON.parse(fs.readFileSync(path.join(unpacked, 'measures.json'), 'utf8')).measures).toEqual((await untilEnded(runIds[0])).evaluations[0].measures)
    expect(fs.readFileSync(path.join(unpacked, 'plain-0-dev.trec'), 'utf8')).toBe(await (await ask(rankingRoute.GET, { id: runIds[0] }, '?format=trec')).text())
  })

  it('refuses what the state does not allow', async () => {
    expect((await ask(cancelRoute.POST, { id: runIds[0] })).status).toBe(409)
    expect((await ask(datasetRoute.DELETE, { id: datasetId })).status).toBe(409)
    expect((await ask(runRoute.GET, { id: 'none' })).status).toBe(404)
    const wrong = await json(datasetsRoute.POST, {}, '', post({ name: 'missing', source: { kind: 'tsv', folder: '/nowhere' } }))
    expect(wrong.error).toMatchObject({ code: 'bad-input', fields: { 'source.folder': expect.stringContaining('nowhere') } })
  })

  it('pages the log', async () => {
    const page = LogPage.parse(await json(logsRoute.GET, { id: runIds[0] }, '?limit=1'))
    expect(page.lines.length).toBeLessThanOrEqual(1)
  })

  it('streams the events after a cursor, then new ones as they are committed, until the reader goes', async () => {
    const abort = new AbortController()
    const response = await ask(allEventsRoute.GET, {}, '?after=0', { signal: abort.signal })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const seen: RunEvent[] = []
    let rest = ''
    const readUntil = async (enough: () => boolean) => {
      while (!enough()) {
        rest += (await reader.read()).value ?? ''
        const blocks = rest.split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (data && !block.includes('event: ping')) seen.push(RunEvent.parse(JSON.parse(data)))
        }
      }
    }
    await readUntil(() => seen.filter((e) => e.body.type === 'evaluation').length === 2)
    const { runs } = Launched.parse(await json(runsRoute.POST, {}, '', post(bm25('again', 0.9))))
    await readUntil(() => seen.some((e) => e.runId === runs[0].id && e.body.type === 'run-state' && e.body.state === 'succeeded'))
    abort.abort()
    const ids = seen.map((e) => BigInt(e.id))
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(new Set(ids).size).toBe(ids.length)

    const one = await ask(eventsRoute.GET, { id: runs[0].id }, '', { headers: { 'last-event-id': '0' } })
    const first = await one.body!.pipeThrough(new TextDecoderStream()).getReader().read()
    expect(first.value).toContain('event: ping')
    await expect(ask(eventsRoute.GET, { id: runs[0].id }, '?after=x')).resolves.toMatchObject({ status: 400 })
  })

  it('deletes a run with the artifacts that only it needs', async () => {
    const folders = () => fs.readdirSync(path.join(fresh.dataDir, 'artifacts')).length
    const before = folders()
    expect((await ask(runRoute.DELETE, { id: runIds[1] })).status).toBe(204)
    expect(folders()).toBe(before - 2) // its ranking and its evaluation
    expect((await ask(runRoute.GET, { id: runIds[0] })).status).toBe(200)
  })
})
