// What a step is to the code that runs it (jobs/child.ts under the job server, jobs/cli.ts without a database):
// a function from input folders to files in an output folder. Steps never touch Postgres.
import type { LogLevel, MetricPoint } from '@/contract/event'
import type { StepInputs, StepParams } from '@/contract/step'
import type { StepKind } from '@/contract/run'

export interface StepContext<K extends StepKind> {
  params: StepParams[K]
  /** Folder of each input's published artifact, by role. */
  inputs: { [role in keyof StepInputs[K]]: string }
  /** Write the artifact's files here; they are published, complete, after the function returns. */
  outDir: string
  /** Kept across attempts of this step: state saved here is where a cancelled or killed attempt goes on. */
  workDir: string
  threads: number
  /** 1, or below it after an attempt that ran out of memory: hold that share of the usual rows at a time. Must not change the result. */
  chunkScale: number
  /** Aborted on cancel: finish the batch, save to workDir, throw AppError 'cancelled'. */
  signal: AbortSignal
  /** Reports how far the work is; safe to call often, the sender thins it out. */
  progress(done: number, total: number, unit: string): void
  metrics(points: MetricPoint[]): void
  log(level: LogLevel, line: string): void
}

/** Does the work and returns the step's result (counts, measures), which is stored with the artifact. */
export type StepFunction<K extends StepKind> = (context: StepContext<K>) => Promise<unknown>

/** The code of each kind of step, loaded on first use: a BM25 step does not load onnxruntime. */
export const STEPS: { [K in StepKind]: () => Promise<{ run: StepFunction<K> }> } = {
  import: () => import('./steps/import'),
  'import-model': () => import('./steps/import-model'),
  tokenise: () => import('./steps/tokenise'),
  'bm25-retrieve': () => import('./steps/bm25-retrieve'),
  train: () => import('./steps/train'),
  encode: () => import('./steps/encode'),
  'encode-shard': () => import('./steps/encode-shard'),
  'encode-queries': () => import('./steps/encode-queries'),
  retrieve: () => import('./steps/retrieve'),
  'retrieve-shard': () => import('./steps/retrieve-shard'),
  mine: () => import('./steps/mine'),
  'teacher-scores': () => import('./steps/teacher-scores'),
  diagnose: () => import('./steps/diagnose'),
  index: () => import('./steps/index-ann'),
  take: () => import('./steps/take'),
  fuse: () => import('./steps/fuse'),
  evaluate: () => import('./steps/evaluate'),
  export: () => import('./steps/export'),
  'try-query': () => import('./steps/try-query'),
}
