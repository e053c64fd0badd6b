// Runs a list of runs without a database: the same plan and the same steps as the job server's, one after another in this process.
// Called by jobs/cli.ts (`drhard pipeline`), the tiny-pipeline test and benchmarks.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { DatasetSource } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { MeasureValues } from '@/contract/measure'
import { encoderOfModel, ModelInfo, ModelOptions, ModelSource } from '@/contract/model'
import { planModelImport, planSteps, type ImportParams, type Lineage, type ModelLineage, type TeacherLineage } from '@/contract/pipeline'
import type { StepPlan } from '@/contract/step'
import { NewRun, startOf, teacherOf } from '@/contract/run'
import type { StartModel } from '@/contract/start'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { fileFingerprint } from '@/server/files/file-fingerprint'
import { sha256 } from '@/server/files/sha256'
import { fingerprintModel } from '@/server/files/model-source'
import { runStep, type StepListener } from './run-step'
import { STEPS } from './step'

export interface PipelineOptions {
  source: DatasetSource
  /** Models that runs start from, by the name that their `start.modelId` gives. */
  models?: Record<string, { source: ModelSource; options?: ModelOptions }>
  runs: NewRun[]
  dataDir: string
  threads: number
  signal: AbortSignal
  listenerOf: (run: NewRun, step: StepPlan) => StepListener
}

/** What a run came to. */
export interface PipelineRun {
  name: string
  /** In order of the checkpoints; the last is the run's result. */
  evaluations: { checkpointStep: number; measures: MeasureValues; n: number }[]
  /** Seconds per kind of step; steps that were published before take none. */
  seconds: Record<string, number>
  /** The run's steps with the keys of their artifacts. */
  steps: StepPlan[]
}

/** A step's result as far as it judges something. */
const Judged = z.object({ measures: MeasureValues, n: z.number().int() })

/** Runs them in order; a step whose artifact is published is not run again. Throws what a step throws. */
export async function runPipeline({ source, models = {}, runs, dataDir, threads, signal, listenerOf }: PipelineOptions): Promise<PipelineRun[]> {
  const importParams: ImportParams = { source, fingerprint: fingerprintSource(source) }
  const artifactsDir = path.join(dataDir, 'artifacts')
  const lineages = new Map<string, Lineage>()
  const results: PipelineRun[] = []
  const runOne = async (run: NewRun, step: StepPlan): Promise<unknown> => {
    const workDir = path.join(dataDir, 'work', step.key)
    const order = { kind: step.kind, key: step.key, params: { ...step.params }, inputs: presentInputs(step), artifactsDir, workDir, verifiedDir: path.join(dataDir, 'verified'), threads, chunkScale: 1 }
    const outcome = await runStep({ order, steps: STEPS, signal, listener: listenerOf(run, step), clock: () => performance.now() })
    fs.rmSync(workDir, { recursive: true, force: true })
    return outcome
  }
  for (const run of runs) {
    const importing = (step: StepPlan) => runOne(run, step)
    const from = startOf(run.config)
    const lineage: Lineage = { ...lineageOf(run, importParams, lineages), model: from?.kind === 'model' ? await modelLineage(run, from, models, importing) : null, teacher: await teacherLineage(run, lineages, models, importing) }
    if (lineage.model && 'encoder' in lineage.config) lineage.config = { ...lineage.config, encoder: lineage.model.encoder }
    lineages.set(run.name, lineage)
    const steps = planSteps(lineage, sha256)
    const result: PipelineRun = { name: run.name, evaluations: [], seconds: {}, steps }
    for (const step of steps) {
      const startedAt = performance.now()
      const outcome = await runOne(run, step)
      result.seconds[step.kind] = (result.seconds[step.kind] ?? 0) + (performance.now() - startedAt) / 1000
      if (step.kind === 'evaluate') result.evaluations.push({ checkpointStep: step.checkpointStep ?? 0, ...Judged.parse(outcome) })
    }
    results.push(result)
  }
  return results
}

function presentInputs(step: StepPlan): Record<string, string> {
  return Object.fromEntries(Object.entries(step.inputs).filter((input): input is [string, string] => input[1] !== undefined))
}

function lineageOf(run: NewRun, importParams: ImportParams, lineages: Map<string, Lineage>): Lineage {
  const { config } = run
  const from = startOf(config)
  return { config, import: importParams, start: !from || from.kind === 'model' ? null : earlierRun(run, from, lineages, 'starts from') }
}

function earlierRun({ name }: NewRun, from: { kind: 'run'; runId: string } | { kind: 'sibling'; name: string }, lineages: Map<string, Lineage>, how: string): Lineage {
  const wanted = from.kind === 'sibling' ? from.name : from.runId
  const found = lineages.get(wanted)
  if (!found) throw new AppError('bad-input', `Run ${name} ${how} ${wanted}, which is no earlier run of this list`)
  return found
}

/** The shape of a model is known once it is imported, which is done here: the steps of a run are planned with it. */
async function modelLineage({ name }: NewRun, from: StartModel, models: NonNullable<PipelineOptions['models']>, runOne: (step: StepPlan) => Promise<unknown>): Promise<ModelLineage> {
  if (!Object.hasOwn(models, from.modelId)) throw new AppError('bad-input', `Run ${name} goes back to model ${from.modelId}, which "models" does not name`)
  const { source, options = {} } = models[from.modelId]
  const params = { source, options, fingerprint: await fingerprintModel(source) }
  const info = ModelInfo.parse(await runOne(planModelImport(params, sha256)))
  return { import: params, encoder: encoderOfModel(info, from) }
}

async function teacherLineage(run: NewRun, lineages: Map<string, Lineage>, models: NonNullable<PipelineOptions['models']>, runOne: (step: StepPlan) => Promise<unknown>): Promise<TeacherLineage | null> {
  const teacher = teacherOf(run.config)
  if (!teacher) return null
  if (teacher.kind === 'model') return { kind: 'model', model: await modelLineage(run, teacher, models, runOne) }
  if (teacher.kind === 'file') return { kind: 'file', file: path.resolve(teacher.file), fingerprint: fileFingerprint(teacher.file) }
  return { kind: 'run', run: earlierRun(run, teacher, lineages, 'learns from') }
}

const PipelineFile = z.object({ source: DatasetSource, models: z.record(z.string(), z.object({ source: ModelSource, options: ModelOptions.optional() })).optional(), runs: z.array(z.looseObject({ name: z.string(), config: z.looseObject({}) })).min(1) })

/** `drhard pipeline`: reads the list from a file, prints what happens, writes the results. */
export async function runPipelineFile({ file, dataDir, json }: { file: string; dataDir: string; json?: string }): Promise<void> {
  const { source, models, runs } = readPipelineFile(file)
  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort())
  const results = await runPipeline({ source, models, runs, dataDir: path.resolve(dataDir), threads: os.availableParallelism(), signal: abort.signal, listenerOf: printListener })
  for (const { name, evaluations } of results) {
    for (const { checkpointStep, measures, n } of evaluations) console.log(`${name} at ${checkpointStep}: ${Object.entries(measures).map(([m, value]) => `${m} ${value.toFixed(4)}`).join('  ')}  (n ${n})`)
  }
  if (json) fs.writeFileSync(json, JSON.stringify(results, null, 2))
}

function readPipelineFile(file: string): Pick<PipelineOptions, 'source' | 'models' | 'runs'> {
  let content: unknown
  try {
    content = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new AppError('bad-input', `${file} cannot be read as JSON: ${(cause as Error).message}`, { cause })
  }
  const parsed = PipelineFile.safeParse(content)
  if (!parsed.success) throw new AppError('bad-input', `${file}: ${z.prettifyError(parsed.error)}`)
  const runs = z.array(NewRun).safeParse(parsed.data.runs.map((run) => ({ ...run, config: { datasetId: 'file', ...run.config } })))
  if (!runs.success) throw new AppError('bad-input', `${file}: ${z.prettifyError(runs.error)}`)
  return { source: parsed.data.source, models: parsed.data.models, runs: runs.data }
}

function printListener(run: NewRun, step: StepPlan): StepListener {
  console.error(`${run.name}: ${step.label}`)
  return {
    progress: () => undefined,
    metrics: () => undefined,
    log: (level, line) => console.error(`  ${level === 'info' ? '' : `${level}: `}${line}`),
  }
}
