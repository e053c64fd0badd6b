// `drhard bench server`: the job server and the dashboard under load, with a Postgres and a web server of their own: stored curves, live
// curves to many readers, launch and cancel, search in a long log. Called by bench/run.ts; figures are in docs/benchmarks.md.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '@/contract/event'
import { isLive, Launched, NewRun, RunDetail } from '@/contract/run'
import { eventsOf } from '@/jobs/api-client'
import { bundleChild } from '@/jobs/child-bundle'
import { startWorker } from '@/jobs/server'
import { buildWeb, isBuildStale, startWeb, waitForWeb } from '@/jobs/web'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { openDatabase, type Database } from '@/server/db/client'
import { createDataset } from '@/server/db/datasets'
import { freePort, startEmbedded } from '@/server/db/embedded'
import type { Prisma } from '@/server/db/generated/client'
import { launchRuns } from '@/server/db/launch'
import { stopListening } from '@/server/db/listen'
import { packEndedRuns } from '@/server/db/metric-chunks'
import { migrate } from '@/server/db/migrate'
import { packPoints } from '@/server/db/point-pack'
import { closeQueue } from '@/server/db/queue'
import { claimStep, recordReport, type Fence } from '@/server/db/steps'
import { writeTinyData } from '@/tests/e2e/tiny-data'

export interface ServerBench {
  /** Stored: runs, metrics a run, points a metric. */
  runs: number
  metrics: number
  points: number
  /** Live: runs at once, points a second of each, readers of server-sent events, seconds. */
  liveRuns: number
  pointsPerSecond: number
  readers: number
  seconds: number
  logLines: number
}

const root = path.resolve(import.meta.dirname, '..')
/** As jobs/report-buffer.ts writes. */
const BATCH_MS = 250

export async function benchServer(size: ServerBench): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-'))
  fs.chmodSync(dir, 0o755)
  const postgres = await startEmbedded(dir, () => undefined)
  Object.assign(process.env, { DATABASE_URL: postgres.url, DRHARD_DATA_DIR: dir })
  await migrate(postgres.url, path.join(root, 'prisma', 'migrations'))
  const db = openDatabase(postgres.url, 20)
  if (isBuildStale(root)) await buildWeb(root, path.join(dir, 'build.log'), new AbortController().signal)
  const place = { port: await freePort(), host: '127.0.0.1' }
  const web = startWeb(root, { ...place, logFile: path.join(dir, 'web.log') })
  const url = `http://127.0.0.1:${place.port}`
  try {
    await waitForWeb(place, web)
    writeTinyData(path.join(dir, 'tiny'))
    const source = { kind: 'tsv', folder: path.join(dir, 'tiny') } as const
    const datasetId = await createDataset(db, { name: 'tiny', source }, fingerprintSource(source))
    console.log(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, load ${os.loadavg()[0].toFixed(1)}`)
    await benchLaunch(db, { url, dir, postgresUrl: postgres.url, datasetId })
    await benchStored(db, { url, datasetId, size })
    await benchLogs(db, { url, lines: size.logLines })
    await benchLive(db, { url, datasetId, size })
  } finally {
    web.kill('SIGTERM')
    stopListening()
    await closeQueue(db)
    await db.$disconnect()
    await postgres.stop()
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

const encoder = { vocabSize: 400, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', maxQueryTokens: 16, maxDocTokens: 24 }
const trainRun = (datasetId: string, name: string, seed: number, steps = 100_000) =>
  NewRun.parse({ name, config: { method: 'in-batch', datasetId, seed, depth: 50, encoder, train: { steps, batchSize: 16, learningRate: 5e-4, warmupShare: 0.1, weightDecay: 0, temperature: 4, checkpoints: 1 } } })

/** Launch to the first word of a step's process, and cancel to the end of the run, as a reader of the events sees them. */
async function benchLaunch(db: Database, { url, dir, postgresUrl, datasetId }: { url: string; dir: string; postgresUrl: string; datasetId: string }): Promise<void> {
  const worker = await startWorker({ db, url: postgresUrl, dataDir: dir, childFile: await bundleChild(root, path.join(root, 'jobs', 'child.ts')), slots: 1, log: () => undefined })
  const warm = Launched.parse(await ask(url, '/api/runs', trainRun(datasetId, 'warm', 1, 4))).runs[0].id
  while (isLive(RunDetail.parse(await ask(url, `/api/runs/${warm}`)).state)) await sleep(100)
  const toOutput: number[] = []
  const toAnswer: number[] = []
  const toAcknowledged: number[] = []
  const toCancelled: number[] = []
  for (let i = 0; i < 7; i++) {
    const at = performance.now()
    const { id } = Launched.parse(await ask(url, '/api/runs', trainRun(datasetId, `launch${i}`, 10 + i))).runs[0]
    toAnswer.push(performance.now() - at)
    const events = followed(url, id, '0')
    await until(events, ({ body }) => body.type === 'log' || body.type === 'progress' || body.type === 'metrics')
    toOutput.push(performance.now() - at)
    await sleep(500)
    const cancelAt = performance.now()
    await ask(url, `/api/runs/${id}/cancel`, {})
    toAcknowledged.push(performance.now() - cancelAt)
    await until(events, ({ body }) => body.type === 'run-state' && body.state === 'cancelled')
    toCancelled.push(performance.now() - cancelAt)
    events.close()
  }
  await worker.drain()
  console.log(`launch: answer ${ms(toAnswer)}, first output of the step's process at the reader ${ms(toOutput)}`)
  console.log(`cancel: acknowledged ${ms(toAcknowledged)}, run ended with its state saved ${ms(toCancelled)}`)
}

async function benchStored(db: Database, { url, datasetId, size: { runs, metrics, points } }: { url: string; datasetId: string; size: ServerBench }): Promise<void> {
  const startedAt = performance.now()
  await db.$executeRaw`
    INSERT INTO run (id, name, method, config, dataset_id, pipeline_id, state, color_index, started_at, finished_at)
    SELECT 'stored' || n, 'stored ' || n, 'in-batch', (SELECT config FROM run WHERE name = 'warm'), ${datasetId}, 'stored', 'succeeded', n, now(), now() FROM generate_series(1, ${runs}::int) n`
  // what lies there when runs have ended: packed curves (server/db/metric-chunks.ts) and their buckets
  await db.$executeRaw`UPDATE run SET points_packed = true WHERE id LIKE 'stored%'`
  await storeCurves(db, { runs, metrics, points })
  await db.$executeRaw`ANALYZE metric_chunk, metric_bucket`
  const [{ chunks, buckets }] = await db.$queryRaw<{ chunks: number; buckets: number }[]>`SELECT pg_total_relation_size('metric_chunk')::float8 AS chunks, pg_total_relation_size('metric_bucket')::float8 AS buckets`
  const total = runs * metrics * points
  console.log(`stored: ${runs} runs x ${metrics} metrics x ${points} points = ${total / 1e6} M points in ${(chunks / 1e9).toFixed(2)} GB (${(chunks / total).toFixed(1)} bytes a point) and ${(buckets / 1e9).toFixed(2)} GB of buckets, written in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  // another run each time, so that none was read just before
  const each = (times: number, rest: string) => timed(times, (i) => ask(url, `/api/runs/stored${1 + ((i * 139) % runs)}${rest}`))
  console.log(`  list of runs ${ms(await timed(7, () => ask(url, '/api/runs')))}, table of runs ${ms(await timed(7, () => ask(url, '/api/runs/table')))}, one run ${ms(await each(7, ''))}, its ${metrics} curves (${(metrics * points) / 1e6} M points) ${ms(await each(7, '/metrics'))}, 1,000 steps of each ${ms(await each(7, `/metrics?from=${Math.min(2000, points >> 1)}&to=${Math.min(2999, points)}`))}`)
  await benchPacking(db, { datasetId, metrics: Math.min(metrics, 50), points })
}

/** Runs whose curves are drawn; the others are copies of these, made inside of Postgres, which keeps every copy in full. */
const DRAWN_RUNS = 8

/** Runs' curves as they lie packed: a noisy fall in float32, a point every 250 ms. */
async function storeCurves(db: Database, { runs, metrics, points }: { runs: number; metrics: number; points: number }): Promise<void> {
  const drawn = Math.min(runs, DRAWN_RUNS)
  for (let r = 1; r <= drawn; r++) await drawCurves(db, `stored${r}`, { metrics, points })
  for (let from = drawn + 1; from <= runs; from += drawn) {
    const to = Math.min(runs, from + drawn - 1)
    await db.$executeRaw`
      INSERT INTO metric_chunk (run_id, name, first_step, last_step, n, attempt, data)
      SELECT 'stored' || r, name, first_step, last_step, n, attempt, data FROM generate_series(${from}::int, ${to}::int) r JOIN metric_chunk ON run_id = 'stored' || (1 + (r - 1) % ${drawn}::int)`
    await db.$executeRaw`
      INSERT INTO metric_bucket (run_id, name, bucket, n, mean, points)
      SELECT 'stored' || r, name, bucket, n, mean, points FROM generate_series(${from}::int, ${to}::int) r JOIN metric_bucket ON run_id = 'stored' || (1 + (r - 1) % ${drawn}::int)`
  }
}

async function drawCurves(db: Database, runId: string, { metrics, points }: { metrics: number; points: number }): Promise<void> {
  const chunks: Prisma.MetricChunkCreateManyInput[] = []
  for (let m = 0; m < metrics; m++) {
    for (let from = 1; from <= points; from += 4096) {
      const piece = Array.from({ length: Math.min(4096, points - from + 1) }, (_, i) => ({ step: from + i, value: Math.fround(1 / (1 + (from + i) / 500) + 0.1 * Math.random()), at: 1_790_000_000_000 + 250 * (from + i) + Math.floor(20 * Math.random()) }))
      chunks.push({ runId, name: `metric${m}`, firstStep: from, lastStep: from + piece.length - 1, n: piece.length, attempt: 1, data: packPoints(piece) })
    }
  }
  for (let i = 0; i < chunks.length; i += 200) await db.metricChunk.createMany({ data: chunks.slice(i, i + 200) })
  await db.$executeRaw`
    INSERT INTO metric_bucket (run_id, name, bucket, n, mean, points)
    SELECT ${runId}, 'metric' || m, b, 256, random(), (SELECT jsonb_agg(jsonb_build_array(b * 256 + 60 * p, random()::float4, 1790000000000 + 250 * b)) FROM generate_series(0, 3) p) FROM generate_series(0, ${metrics - 1}::int) m, generate_series(0, ${points >> 8}::int) b`
}

/** Rows of a run that ends, and how long it takes to pack them. */
async function benchPacking(db: Database, { datasetId, metrics, points }: { datasetId: string; metrics: number; points: number }): Promise<void> {
  await db.$executeRaw`
    INSERT INTO run (id, name, method, config, dataset_id, pipeline_id, state, color_index, started_at, finished_at)
    SELECT 'rows', 'rows', 'in-batch', (SELECT config FROM run WHERE name = 'warm'), ${datasetId}, 'stored', 'succeeded', 0, now(), '2000-01-01'`
  await db.$executeRaw`
    INSERT INTO metric_point (run_id, name, step, value, attempt, at)
    SELECT 'rows', 'metric' || m, p, random()::float4, 1, now() FROM generate_series(1, ${metrics}::int) m, generate_series(1, ${points}::int) p`
  const [{ bytes }] = await db.$queryRaw<{ bytes: number }[]>`SELECT pg_total_relation_size('metric_point')::float8 AS bytes`
  const startedAt = performance.now()
  while (await packEndedRuns(db)) {
    // until none is left
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(`  packing ${(metrics * points) / 1e6} M points of an ended run: ${(bytes / metrics / points).toFixed(0)} bytes a point as rows, ${seconds.toFixed(1)} s, ${((metrics * points) / seconds / 1e3).toFixed(0)} k points a second`)
}

async function benchLogs(db: Database, { url, lines }: { url: string; lines: number }): Promise<void> {
  await db.$executeRaw`
    INSERT INTO run_event (run_id, type, body, level, line, attempt, at)
    SELECT 'stored1', 'log', '{}', CASE WHEN n % 1000 = 0 THEN 'warn' ELSE 'info' END, 'step ' || n || ' of training: loss ' || random() || CASE WHEN n = ${Math.floor(lines / 3)}::int THEN ' needle in the haystack' ELSE '' END, 1, now()
    FROM generate_series(1, ${lines}::int) n`
  await db.$executeRaw`ANALYZE run_event`
  const search = async (q: string) => ms(await timed(7, () => ask(url, `/api/runs/stored1/logs?limit=200&${q}`)))
  console.log(`log of ${lines / 1e6} M lines: newest page ${await search('')}, one line in all ${await search('q=needle+in')}, in every line ${await search('q=TRAINING')}, nowhere ${await search('q=nowhere+at+all')}, warnings ${await search('level=warn')}`)
}

/** Points carry the time at which they were made; readers subtract. */
async function benchLive(db: Database, { url, datasetId, size }: { url: string; datasetId: string; size: ServerBench }): Promise<void> {
  const { liveRuns, pointsPerSecond, readers, seconds } = size
  const fences: Fence[] = []
  const ids: string[] = []
  for (let i = 0; i < liveRuns; i++) {
    const [id] = (await launchRuns(db, [trainRun(datasetId, `live${i}`, 1000 + i)])).runIds
    const step = await db.step.findFirstOrThrow({ where: { runId: id, kind: 'train' } })
    const claimed = await claimStep(db, { stepId: step.id, workerId: 'bench', leaseMs: 3_600_000 })
    fences.push({ stepId: step.id, attempt: claimed!.attempt, workerId: 'bench' })
    ids.push(id)
  }
  const lags: number[] = []
  let received = 0
  const streams = Array.from({ length: readers }, (_, i) => {
    const events = followed(url, ids[i % liveRuns], '0')
    void events.each(({ body }) => {
      if (body.type !== 'metrics') return
      received += body.points.length
      for (const point of body.points) lags.push(Date.now() - point.value)
    })
    return events
  })
  await Promise.all(streams.map((stream) => stream.opened))
  const perBatch = (pointsPerSecond * BATCH_MS) / 1000
  const end = performance.now() + seconds * 1000
  let sent = 0
  await Promise.all(
    fences.map(async (fence, i) => {
      await sleep((BATCH_MS / liveRuns) * i)
      for (let n = 0; performance.now() < end; n++) {
        const due = performance.now() + BATCH_MS
        // made evenly over the last quarter of a second
        const points = Array.from({ length: Math.round(perBatch) }, (_, p) => ({ name: 'loss', step: n * 1000 + p, value: Date.now() - BATCH_MS + (p * BATCH_MS) / perBatch }))
        await recordReport(db, fence, { progress: null, points, logs: [], samples: [] })
        sent += points.length
        await sleep(Math.max(0, due - performance.now()))
      }
    }),
  )
  await sleep(2000)
  for (const stream of streams) stream.close()
  const expected = sent * (readers / liveRuns)
  lags.sort((a, b) => a - b)
  const at = (share: number) => lags[Math.min(lags.length - 1, Math.floor(lags.length * share))]
  console.log(`live: ${liveRuns} runs x ${(sent / seconds / liveRuns).toFixed(1)} points a second, ${readers} readers: lag from made to read median ${at(0.5).toFixed(0)} ms, 99 % ${at(0.99).toFixed(0)} ms, largest ${at(1).toFixed(0)} ms (of it up to ${BATCH_MS} ms in the worker's batch); ${received} of ${expected} points arrived; load ${os.loadavg()[0].toFixed(1)}`)
}

async function ask(url: string, address: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${address}`, body === undefined ? undefined : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

interface Followed {
  opened: Promise<void>
  each(hear: (event: RunEvent) => void): Promise<void>
  close(): void
}

/** A run's server-sent events, from a cursor on. What arrives before `each` is kept. */
function followed(url: string, runId: string, after: string): Followed {
  const stop = new AbortController()
  const kept: RunEvent[] = []
  let hear: (event: RunEvent) => void = (event) => kept.push(event)
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  void (async () => {
    const response = await fetch(`${url}/api/runs/${runId}/events?after=${after}`, { signal: stop.signal })
    open()
    for await (const event of eventsOf(response)) hear(event)
  })().catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  return {
    opened,
    async each(listener) {
      hear = listener
      for (const event of kept.splice(0)) listener(event)
    },
    close: () => stop.abort(),
  }
}

function until(events: Followed, what: (event: RunEvent) => boolean): Promise<void> {
  return new Promise((resolve) => void events.each((event) => what(event) && resolve()))
}

async function timed(times: number, work: (turn: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const at = performance.now()
    await work(i)
    taken.push(performance.now() - at)
  }
  return taken
}

/** Median and largest. */
function ms(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)].toFixed(0)} ms (largest ${sorted.at(-1)!.toFixed(0)})`
}
