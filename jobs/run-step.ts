// Runs one step in this process: checks its inputs, gives it a context, publishes what it wrote. Called by jobs/step-child.ts under
// the job server, and by jobs/pipeline.ts without a database.
import fs from 'node:fs'
import path from 'node:path'
import type { LogLevel, MetricPoint } from '@/contract/event'
import { AppError } from '@/contract/errors'
import type { Progress } from '@/contract/progress'
import { artifactDir, publishArtifact, readManifest } from '@/server/files/artifact'
import type { StepContext, STEPS } from './step'
import type { StepOrder } from './step-message'
import { RateEstimate } from './rate-estimate'

export interface StepListener {
  progress(progress: Progress): void
  metrics(points: MetricPoint[]): void
  log(level: LogLevel, line: string): void
}

export interface RunStepOptions {
  order: StepOrder
  steps: typeof STEPS
  signal: AbortSignal
  listener: StepListener
  /** Milliseconds, for the rate. */
  clock: () => number
}

/** Returns the published artifact's result. Where the artifact is there already (its step's row was lost to a crash), nothing runs. */
export async function runStep({ order, steps, signal, listener, clock }: RunStepOptions): Promise<unknown> {
  const { kind, key, artifactsDir, workDir, threads } = order
  const published = readManifest(artifactsDir, key)
  if (published) {
    listener.log('info', 'Published before; nothing to do')
    return published.result
  }
  const inputs = Object.fromEntries(Object.entries(order.inputs).map(([role, input]) => [role, inputDir(artifactsDir, role, input)]))
  fs.mkdirSync(artifactsDir, { recursive: true })
  fs.mkdirSync(workDir, { recursive: true })
  const { run } = await steps[kind]()
  const rate = new RateEstimate(clock)
  const manifest = await publishArtifact(artifactsDir, { key, kind }, (outDir) => {
    const context = {
      params: order.params,
      inputs,
      outDir,
      workDir,
      threads,
      signal,
      progress: (done: number, total: number, unit: string) => listener.progress({ done, total, unit, secondsLeft: rate.secondsLeft(done, total, unit) }),
      metrics: listener.metrics,
      log: listener.log,
    }
    // params and inputs were planned for this kind (contract/pipeline.ts), which the union of all kinds' functions cannot say
    return (run as (context: unknown) => Promise<unknown>)(context satisfies Omit<StepContext<'encode'>, 'params' | 'inputs'>)
  })
  return manifest.result
}

/** The folder of an input, with every file that its manifest lists. */
function inputDir(root: string, role: string, key: string): string {
  const manifest = readManifest(root, key)
  if (!manifest) throw new AppError('broken', `The ${role} of this step, artifact ${key}, is missing from ${root}; retry the run that makes it`)
  const dir = artifactDir(root, key)
  for (const { name, bytes } of manifest.files) {
    const found = fs.statSync(path.join(dir, name), { throwIfNoEntry: false })?.size
    if (found !== bytes) throw new AppError('broken', `${path.join(dir, name)}, the ${role} of this step, ${found === undefined ? 'is missing' : `has ${found} bytes`}; ${bytes} were published: restore the folder from a backup`)
  }
  return dir
}
