// Kills step processes, the worker, the dashboard and Postgres at random moments while pipelines run, at least 50 times, and then finds
// every measure, every curve and every artifact as an undisturbed run makes them. docs/reliability.md reports a run of it.
// DRHARD_KILLS and DRHARD_KILL_SEED choose how many kills and which.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MetricPoint } from '@/contract/event'
import { isLive, NewRun } from '@/contract/run'
import { runPipeline } from '@/jobs/pipeline'
import { verifyArtifact } from '@/server/files/verify'
import { uniform } from '@/server/random/random'
import { type StudioApi, studioApi } from './studio-api'
import { type Part, type StudioServer, startStudio } from './studio-server'
import { writeTinyData } from './tiny-data'

const KILLS = Number(process.env.DRHARD_KILLS ?? 50)
const SEED = Number(process.env.DRHARD_KILL_SEED ?? 7)
/** A step's process is there most of the time and its loss is the most interesting. */
const PARTS: Part[] = ['step', 'step', 'step', 'worker', 'web', 'database']
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-kills-'))
const source = { kind: 'tsv', folder: path.join(folder, 'tiny') } as const

let server: StudioServer
let api: StudioApi

beforeAll(async () => {
  writeTinyData(source.folder)
  server = await startStudio()
  api = studioApi(server.url)
})
afterAll(async () => {
  await server?.stop()
  fs.rmSync(folder, { recursive: true, force: true })
})

const encoder = { vocabSize: 400, layers: 1, hidden: 64, heads: 2, ffn: 128, dim: 64, pooling: 'mean', maxQueryTokens: 24, maxDocTokens: 32 }
const train = (steps: number) => ({ steps, batchSize: 16, learningRate: 5e-4, warmupShare: 0.1, weightDecay: 0.01, temperature: 4, checkpoints: 2 })

/** The paper's pipeline at a size of seconds. */
function pipeline(datasetId: string, seed: number): NewRun[] {
  const common = { datasetId, seed, depth: 50 }
  const sibling = (name: string) => ({ kind: 'sibling', name: `${name}-${seed}` }) as const
  return NewRun.array().parse([
    { name: `bm25-${seed}`, config: { method: 'bm25', ...common, k1: 0.9, b: 0.4 } },
    { name: `warmup-${seed}`, config: { method: 'in-batch', ...common, encoder, train: train(160) } },
    { name: `star-${seed}`, config: { method: 'star', ...common, start: sibling('warmup'), train: train(100), mineDepth: 20, negativesPerQuery: 1 } },
    { name: `adore-${seed}`, config: { method: 'adore', ...common, start: sibling('star'), train: train(60), topK: 20, metricCut: 20 } },
  ])
}

/** Asks until the server answers: it is being killed. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 90_000; ; await sleep(300)) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${(error as Error).message}\n${server.output()}`, { cause: error })
    }
  }
}

it(`loses nothing to ${KILLS} kills at random moments`, async () => {
  const datasetId = (await patiently(() => api.importDataset({ name: 'tiny', source }))).id
  const random = uniform(SEED)
  const counts: Record<Part, number> = { step: 0, worker: 0, web: 0, database: 0 }
  const kills = () => counts.step + counts.worker + counts.web + counts.database
  const launched: { seed: number; ids: string[] }[] = []
  const unfinished = async () => (await patiently(() => api.runs())).filter((run) => isLive(run.state)).length

  while (kills() < KILLS || (await unfinished()) > 0) {
    if (kills() < KILLS) {
      if ((await unfinished()) === 0) {
        const seed = launched.length + 1
        // A launch whose answer a kill has cut off may have happened: its names tell.
        const runs = await patiently(async () => {
          const there = (await api.runs()).filter((run) => run.name.endsWith(`-${seed}`))
          return there.length ? there.reverse() : api.launch(pipeline(datasetId, seed))
        })
        launched.push({ seed, ids: runs.map((run) => run.id) })
      }
      const part = PARTS[Math.floor(random() * PARTS.length)]
      const pid = server.pidOf(part)
      if (pid !== undefined && tryKill(pid)) counts[part]++
    }
    // a step that never lives long enough to load is given up after some tries, rightly
    await sleep(500 + random() * 3000)
  }

  console.log(`kills: ${JSON.stringify(counts)}; pipelines: ${launched.length}`)
  for (const { seed, ids } of launched) {
    const curves = new Map<string, MetricPoint[]>()
    const undisturbed = await runPipeline({
      source,
      runs: pipeline('any', seed),
      dataDir: path.join(folder, 'undisturbed'),
      threads: os.availableParallelism(),
      signal: new AbortController().signal,
      listenerOf: (run) => ({ progress: () => undefined, log: () => undefined, metrics: (points) => void curves.set(run.name, [...(curves.get(run.name) ?? []), ...points]) }),
    })
    for (const [i, id] of ids.entries()) {
      const run = await patiently(() => api.run(id))
      expect(run, `${run.name}: ${run.reason}`).toMatchObject({ state: 'succeeded' })
      expect(run.evaluations.map(({ checkpointStep, measures, n }) => ({ checkpointStep, measures, n }))).toEqual(undisturbed[i].evaluations)
      const series = await patiently(() => api.metrics(id))
      for (const [name, points] of Object.entries(series)) {
        // a speed is never the same twice: only its steps are compared
        const seen = ({ step, value }: { step: number; value: number }) => [step, name === 'tokens per second' ? null : value]
        expect(points.map(seen), `${name} of ${run.name}`).toEqual(curves.get(run.name)!.filter((point) => point.name === name).map(seen))
      }
      for (const { artifactKey } of run.steps) await verifyArtifact(artifactKey, { root: path.join(server.dataDir, 'artifacts'), verifiedDir: path.join(folder, 'verified'), now: Date.now() })
    }
  }
  expect(kills()).toBeGreaterThanOrEqual(KILLS)
  for (const part of Object.keys(counts) as Part[]) expect(counts[part], part).toBeGreaterThan(0)
}, 900_000)

function tryKill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false // it ended meanwhile
  }
}
