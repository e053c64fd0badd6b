// `drhard demo`: imports WordNet, runs the paper's pipeline on the real job server, and checks that the quality has the paper's order.
// Called by jobs/cli.ts.
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/contract/errors'
import { MEASURES, type MeasureName } from '@/contract/measure'
import { demoPipeline } from '@/contract/presets'
import { isLive, type RunDetail } from '@/contract/run'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { database, type Database } from '@/server/db/client'
import { createDataset, deleteDataset, listDatasets } from '@/server/db/datasets'
import { launchRuns } from '@/server/db/launch'
import { artifactsDir } from '@/server/db/location'
import { closeQueue } from '@/server/db/queue'
import { findPipeline, readRun } from '@/server/db/runs'
import { DemoEstimate } from './demo-estimate'
import { startServer } from './serve'
import { StatusLine } from './status-line'

export interface DemoOptions {
  /** Stop when the runs are done, instead of serving on. */
  exit: boolean
  /** File for measures and times. */
  json?: string
  port: number
}

const LOOK_MS = 500

export async function demo({ exit, json, port }: DemoOptions): Promise<void> {
  const clock = startClock()
  const status = new StatusLine(process.stdout)
  const server = await startServer({ port, log: (line) => status.print(line) })
  const db = database()
  try {
    const url = `http://127.0.0.1:${port}`
    void server.web.then(
      () => status.print(`open ${url}`),
      (error: Error) => status.print(error.message),
    )
    const datasetId = await wordnet(db)
    const runIds = (await findPipeline(db, demoPipeline(datasetId))) ?? (await launchRuns(db, demoPipeline(datasetId))).runIds
    const runs = await Promise.race([watch(db, runIds, status, clock), server.ended.then(() => null)])
    if (!runs) throw new AppError('cancelled', 'Stopped before the runs were done; ./drhard demo goes on from here')
    await server.web
    const report = makeReport(runs, { install: clock.installSeconds, build: server.buildSeconds() }, clock.seconds())
    status.print(formatReport(report))
    if (json) fs.writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
    const broken = Object.entries(report.order).filter(([, holds]) => !holds)
    if (broken.length) throw new AppError('broken', `The order of quality is not the paper's: ${broken.map(([check]) => check).join('; ')} does not hold`)
    if (exit) return
    status.print(`open ${url}   (Ctrl-C stops)`)
    await server.ended
  } finally {
    status.end()
    await closeQueue(db)
    await db.$disconnect()
    await server.stop()
  }
}

interface Clock {
  /** Seconds since ./drhard was called. */
  seconds(): number
  installSeconds: number
}

/** The launcher says when it began and how long installing took. */
function startClock(): Clock {
  const startedAt = Number(process.env.DRHARD_STARTED_AT) || Date.now()
  return { seconds: () => (Date.now() - startedAt) / 1000, installSeconds: Number(process.env.DRHARD_INSTALL_SECONDS) || 0 }
}

/** The data set `wordnet`: the one that is there, or a new one where there is none or its import failed. */
async function wordnet(db: Database): Promise<string> {
  const existing = (await listDatasets(db)).find((dataset) => dataset.name === 'wordnet')
  if (existing && existing.state !== 'failed') return existing.id
  if (existing?.runCount) throw new AppError('conflict', `The import of data set wordnet failed before: ${existing.reason}. Delete its runs and the data set in the dashboard (./drhard serve), then start again`)
  if (existing) await deleteDataset(db, existing.id, artifactsDir())
  const source = { kind: 'wordnet' } as const
  return createDataset(db, { name: 'wordnet', source }, fingerprintSource(source))
}

/** Shows how far the runs are until all have ended. Throws where one failed. */
async function watch(db: Database, runIds: string[], status: StatusLine, clock: Clock): Promise<RunDetail[]> {
  const estimate = new DemoEstimate()
  for (;;) {
    const runs = await Promise.all(runIds.map((id) => readRun(db, id)))
    const failed = runs.find((run) => run.state === 'failed' || run.state === 'cancelled')
    if (failed) throw new AppError('broken', `Run ${failed.name} ${failed.state === 'failed' ? `failed: ${failed.reason}` : 'was cancelled'}`)
    if (runs.every((run) => !isLive(run.state))) return runs
    status.update(statusOf(runs, estimate, clock))
    await sleep(LOOK_MS)
  }
}

function statusOf(runs: RunDetail[], estimate: DemoEstimate, clock: Clock): string {
  const steps = runs.flatMap((run) => run.steps)
  const done = steps.filter((step) => step.state === 'succeeded').length
  const run = runs.find((r) => r.steps.some((step) => step.state === 'running'))
  const step = run?.steps.find((s) => s.state === 'running')
  const within = step?.progress ? ` ${step.progress.done} of ${step.progress.total} ${step.progress.unit}` : ''
  const what = run && step ? `${run.name}: ${step.label}${within}` : 'starting'
  return `[${duration(clock.seconds())}] about ${duration(estimate.secondsLeft(runs, Date.now()))} left, step ${Math.min(done + 1, steps.length)} of ${steps.length}, ${what}`
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

interface MethodReport extends Partial<Record<MeasureName, number>> {
  n: number
  /** Per kind of step that this run did itself. */
  seconds: Record<string, number>
}

interface DemoReport {
  methods: Record<string, MethodReport>
  seconds: Record<string, number>
  order: Record<string, boolean>
}

function makeReport(runs: RunDetail[], before: { install: number; build: number }, total: number): DemoReport {
  const methods: Record<string, MethodReport> = {}
  const phases: Record<string, number> = {}
  for (const run of runs) {
    const seconds: Record<string, number> = {}
    for (const step of run.steps) {
      if (step.reused || !step.startedAt || !step.finishedAt) continue
      const took = (Date.parse(step.finishedAt) - Date.parse(step.startedAt)) / 1000
      seconds[step.kind] = round((seconds[step.kind] ?? 0) + took)
      phases[step.kind] = round((phases[step.kind] ?? 0) + took)
    }
    const last = run.evaluations.at(-1)!
    methods[run.name] = { ...last.measures, n: last.n, seconds }
  }
  const above = (a: string, b: string, measure: MeasureName) => (methods[a][measure] ?? NaN) > (methods[b][measure] ?? NaN)
  return {
    methods,
    seconds: { install: round(before.install), build: round(before.build), ...phases, total: round(total) },
    order: {
      'STAR > warm-up on MRR@10': above('star', 'warmup', 'MRR@10'),
      'ADORE > STAR on MRR@10': above('adore', 'star', 'MRR@10'),
      'ADORE > BM25 on MRR@10': above('adore', 'bm25', 'MRR@10'),
      'ADORE > BM25 on R@100': above('adore', 'bm25', 'R@100'),
    },
  }
}

function formatReport({ methods, seconds, order }: DemoReport): string {
  const row = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(i <= MEASURES.length ? 9 : 7))).join('')
  const table = Object.entries(methods).map(([name, report]) => {
    const time = Object.values(report.seconds).reduce((sum, s) => sum + s, 0)
    return row([name, ...MEASURES.map((m) => report[m]?.toFixed(4) ?? '-'), String(report.n), duration(time)])
  })
  const phases = Object.entries(seconds).map(([phase, s]) => `${phase} ${s.toFixed(1)} s`)
  const checks = Object.entries(order).map(([check, holds]) => `${holds ? 'holds' : 'DOES NOT HOLD'}: ${check}`)
  return ['', 'WordNet, dev split', row(['', ...MEASURES, 'n', 'time']), ...table, '', ...checks, '', phases.join(', '), ''].join('\n')
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
