// Runs one step in this process: checks its inputs, gives it a context, publishes what it wrote. Called by jobs/step-child.ts under
// the job server, and by jobs/pipeline.ts without a database.
import fs from 'node:fs'
import type { LogLevel, MetricPoint } from '@/contract/event'
import type { Progress } from '@/contract/progress'
import { artifactDir, publishArtifact, readManifest } from '@/server/files/artifact'
import { DamagedArtifact, setAside, verifyArtifact } from '@/server/files/verify'
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
  const { kind, key, artifactsDir, workDir, threads, chunkScale } = order
  const published = readManifest(artifactsDir, key)
  if (published && order.remake) setAside(artifactsDir, key)
  else if (published) {
    listener.log('info', 'Published before; nothing to do')
    return published.result
  }
  const inputs: Record<string, string> = {}
  for (const [role, input] of Object.entries(order.inputs)) inputs[role] = await inputDir(order, role, input)
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
      chunkScale,
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

/** The folder of an input whose files are what was published. A damaged one is moved away, so that its step can make it again. */
async function inputDir({ artifactsDir: root, verifiedDir }: StepOrder, role: string, key: string): Promise<string> {
  try {
    await verifyArtifact(key, { root, verifiedDir, now: Date.now() })
  } catch (error) {
    if (!(error instanceof DamagedArtifact)) throw error
    setAside(root, key)
    throw new DamagedArtifact(key, `The ${role} of this step cannot be used: ${error.message}`)
  }
  return artifactDir(root, key)
}
