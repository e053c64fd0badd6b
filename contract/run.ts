// A run (experiment): its configuration, a union on the method, and what lists and detail pages show of it.
import { z } from 'zod'
import { DatasetCounts, GivenName, Split } from './dataset'
import { Distillation, NoDistillation, type Teacher } from './distillation'
import { MeasureIntervals, MeasureValues } from './measure'
import { int, num } from './numbers'
import { Progress } from './progress'
import { StartFrom, StartModel } from './start'
import { UploadId, UploadName } from './upload'

export const Pooling = z.enum(['first', 'mean'])
export type Pooling = z.infer<typeof Pooling>

/** One encoder for queries and documents, or one each. */
export const Towers = z.enum(['shared', 'separate'])
export type Towers = z.infer<typeof Towers>

/** A RoBERTa-shaped encoder trained from random weights. */
export const EncoderConfig = z
  .object({
    vocabSize: int(100, 300_000),
    layers: int(1, 24),
    hidden: int(16, 1024),
    heads: int(1, 16),
    ffn: int(16, 4096),
    /** Dimension of the embedding. */
    dim: int(8, 1024),
    pooling: Pooling,
    towers: Towers.default('shared'),
    maxQueryTokens: int(4, 512),
    maxDocTokens: int(4, 512),
  })
  .refine((e) => e.hidden % e.heads === 0, { path: ['heads'], error: 'hidden must be a multiple of heads' })
export type EncoderConfig = z.infer<typeof EncoderConfig>

export const OptimizerKind = z.enum(['adamw', 'lamb'])
export type OptimizerKind = z.infer<typeof OptimizerKind>

/** How the learning rate goes on after its warm-up. */
export const Schedule = z.enum(['linear', 'constant', 'cosine'])
export type Schedule = z.infer<typeof Schedule>

export const Precision = z.enum(['single', 'half'])

/** Where training and encoding compute. */
export const Device = z.enum(['auto', 'cpu', 'cuda', 'webgpu', 'tfjs'])
export type Device = z.infer<typeof Device>

export const TrainConfig = z.object({
  /** Optimizer steps. */
  steps: int(1, 10_000_000),
  batchSize: int(2, 4096),
  learningRate: num(0, 1),
  /** Share of the steps in which the learning rate rises from 0. */
  warmupShare: num(0, 1),
  weightDecay: num(0, 1),
  /** Scores are divided by this before the loss. The paper's value is 1. */
  temperature: num(0.001, 1000),
  /** How many evenly spaced checkpoints are encoded, searched and evaluated. */
  checkpoints: int(1, 100),
  optimizer: OptimizerKind.default('adamw'),
  schedule: Schedule.default('linear'),
  /** Gradients are scaled down to this global norm where they exceed it. */
  clipNorm: num(0.001, 1e6).default(1),
  /** Batches whose gradients are averaged into one update. */
  accumulation: int(1, 1024).default(1),
  /** Tokens that go through the encoder at once, with gradients cached between; 0: the whole batch, which is faster while it fits. */
  cachedChunkTokens: int(0, 1_000_000).default(0),
  /** Share of hidden values, and of attention weights, that are dropped in training. */
  hiddenDropout: num(0, 0.9).default(0),
  attentionDropout: num(0, 0.9).default(0),
  /** Of matrix products on a GPU; sums, norms and weights are always single. Absent in runs from before there was a choice: single. */
  precision: Precision.optional(),
  /** The embeddings and this many layers from below stay as they are; -1: everything is trained. */
  frozenLayers: int(-1, 24).default(-1),
  /** A negative that scores above this share of its query's positive is left out, as likely relevant; 0: none is. */
  falseNegativeShare: num(0, 10).default(0),
})
export type TrainConfig = z.infer<typeof TrainConfig>

const shared = {
  datasetId: z.string().min(1, 'Choose a data set'),
  seed: int(0, 2 ** 31 - 1),
  /** Documents kept per query in the dev ranking. */
  depth: int(10, 1000),
}

/** Whether every checkpoint is also diagnosed: pairwise errors in the whole collection, and how hard its static negatives still are. */
export const Diagnosis = z.enum(['none', 'checkpoints'])
export type Diagnosis = z.infer<typeof Diagnosis>

/** faiss's description of an index, such as HNSW32 or IVF64,PQ8; none: exact search only. */
export const AnnIndex = z.string().regex(/^[A-Za-z0-9_,+()x]{1,80}$/, 'A factory string of faiss, such as HNSW32, or none')
export type AnnIndex = z.infer<typeof AnnIndex>

/** Whether the last checkpoint is judged on the test queries too: once, at the end, so that nothing is chosen by them. */
export const TestQueries = z.enum(['none', 'last'])
export type TestQueries = z.infer<typeof TestQueries>

/** Absent in runs from before there was a diagnosis, an index or a test: none. */
const common = { ...shared, device: Device.default('auto'), diagnosis: Diagnosis.optional(), annIndex: AnnIndex.optional(), testQueries: TestQueries.optional() }

export const Stemmer = z.enum(['none', 'porter2'])
export type Stemmer = z.infer<typeof Stemmer>
export const StopWords = z.enum(['none', 'english'])
export type StopWords = z.infer<typeof StopWords>

export const Bm25Config = z.object({
  method: z.literal('bm25'),
  ...shared,
  k1: num(0, 10),
  b: num(0, 1),
  /** Absent in runs from before there was a choice: none. */
  stemmer: Stemmer.optional(),
  stopWords: StopWords.optional(),
  testQueries: TestQueries.optional(),
})
/** Where a run begins that may also begin with random weights; the model then decides the encoder. */
const maybeStart = { start: StartModel.optional(), encoder: EncoderConfig }

/** Documents that were judged relevant here and are no negatives: the artifact that lists them, and how many there are. */
export const Exclusions = z.object({ key: z.string().min(1), pairs: int(1, 10_000_000) })
export type Exclusions = z.infer<typeof Exclusions>

export const InBatchConfig = z.object({ method: z.literal('in-batch'), ...common, ...maybeStart, train: TrainConfig, distillation: NoDistillation })
export const RandomConfig = z.object({ method: z.literal('random'), ...common, ...maybeStart, train: TrainConfig, distillation: NoDistillation })
export const Bm25NegativesConfig = z.object({
  method: z.literal('bm25-negatives'),
  ...common,
  ...maybeStart,
  train: TrainConfig,
  /** Negatives are drawn from the first `mineDepth` BM25 documents that are not relevant. */
  mineDepth: int(1, 1000),
  /** Per query and batch. Absent in runs from before there was a choice: 1. */
  negativesPerQuery: int(1, 16).optional(),
  excluded: Exclusions.optional(),
  distillation: Distillation.optional(),
})
/** Document embeddings that came with a DRhard data set, of the model that the run starts from: taken over instead of encoding. */
const given = { docsFrom: GivenName.optional() }

export const StarConfig = z.object({
  method: z.literal('star'),
  ...common,
  start: StartFrom,
  ...given,
  /** Hard negatives that came with a DRhard data set: taken over instead of mining. */
  negativesFrom: GivenName.optional(),
  train: TrainConfig,
  /** Static hard negatives are drawn from the first `mineDepth` documents of the start run that are not relevant (paper: 200). */
  mineDepth: int(1, 1000),
  /** Hard negatives per query and batch (paper: 1). */
  negativesPerQuery: int(1, 16),
  excluded: Exclusions.optional(),
  distillation: Distillation.optional(),
})
export const AdoreConfig = z.object({
  method: z.literal('adore'),
  ...common,
  start: StartFrom,
  ...given,
  train: TrainConfig,
  /** Documents retrieved per query inside the step (paper: 200). */
  topK: int(2, 1000),
  /** Ranks beyond this one weigh nothing (the original's --metric_cut; paper: 200 for training). */
  metricCut: int(1, 1000),
  distillation: NoDistillation,
})

/** An imported model, searched with as it is: what training has to beat. */
export const ZeroShotConfig = z.object({ method: z.literal('zero-shot'), ...common, start: StartModel, ...given })

/** A ranking that another system made: uploaded as a run file, or one that came with a DRhard data set. */
export const ExternalConfig = z.object({
  method: z.literal('external'),
  ...shared,
  /** Key of the artifact that holds the uploaded ranking. */
  rankingKey: z.string().min(1).optional(),
  rankingFrom: GivenName.optional(),
  /** With rankingFrom: its test ranking is judged too. */
  testQueries: TestQueries.optional(),
  fileName: z.string(),
  /** What was noticed while reading the file. */
  notes: z.array(z.string()),
})

export const FusionMethod = z.enum(['rrf', 'combsum', 'combmnz'])
export type FusionMethod = z.infer<typeof FusionMethod>
export const Normalisation = z.enum(['min-max', 'max', 'sum', 'z-score', 'none'])
export type Normalisation = z.infer<typeof Normalisation>

/** A judged ranking of a run, as it was when it was chosen. */
export const RankingSource = z.object({ runId: z.string(), runName: z.string(), checkpointStep: z.number().int(), rankingKey: z.string() })
export type RankingSource = z.infer<typeof RankingSource>

/** Rankings of other runs, fused into one. */
export const FusionConfig = z.object({
  method: z.literal('fusion'),
  ...shared,
  sources: z.array(RankingSource).min(2, 'Choose at least two runs').max(20, 'At most 20 runs'),
  fusion: FusionMethod,
  normalisation: Normalisation,
  /** The k of rrf. */
  k: int(0, 1_000_000),
})

export const RunConfig = z.discriminatedUnion('method', [Bm25Config, RandomConfig, InBatchConfig, Bm25NegativesConfig, StarConfig, AdoreConfig, ZeroShotConfig, ExternalConfig, FusionConfig])
export type RunConfig = z.infer<typeof RunConfig>
export type Method = RunConfig['method']
/** What a configuration starts from; null for random weights, and for BM25. */
export const startOf = (config: RunConfig): StartFrom | null => ('start' in config ? (config.start ?? null) : null)
/** Whose scores a configuration learns; null without a teacher. */
export const teacherOf = (config: RunConfig): Teacher | null => ('distillation' in config ? (config.distillation?.teacher ?? null) : null)
/** A configuration that trains. */
export type TrainedConfig = Extract<RunConfig, { train: TrainConfig }>

export const isTrained = (config: RunConfig): config is TrainedConfig => 'train' in config
/** A run of one of these methods has one ranking and no checkpoints. */
export const isUntrainedMethod = (method: Method) => method === 'bm25' || method === 'zero-shot' || method === 'external' || method === 'fusion'

/** The value at a path such as train.batchSize, or undefined where this configuration has no such field. */
export function valueAt(config: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], config)
}

export const METHOD_TITLES: Record<Method, string> = {
  bm25: 'BM25',
  random: 'Random negatives',
  'in-batch': 'In-batch negatives',
  'bm25-negatives': 'BM25 negatives',
  star: 'STAR',
  adore: 'ADORE',
  'zero-shot': 'Zero-shot',
  external: 'External run',
  fusion: 'Fusion',
}

export const NewRun = z.object({
  name: z.string().trim().min(1, 'Give the run a name').max(80, 'At most 80 characters'),
  config: RunConfig,
})
export type NewRun = z.infer<typeof NewRun>

/** A run file of another system to be judged: `file` of an upload. */
export const ExternalRun = z.object({
  datasetId: z.string().min(1, 'Choose a data set'),
  upload: UploadId,
  file: UploadName,
  /** Empty: the tag in the file. */
  name: z.string().max(80, 'At most 80 characters').default(''),
})

/** A run as a person writes it in a file: the rest of the configuration is checked by the server. `datasetId`, `start.modelId` and `distillation.teacher.modelId` may be names. */
export const LaunchShape = z.looseObject({ name: z.string(), config: z.looseObject({ datasetId: z.string().optional(), start: z.looseObject({ modelId: z.string().optional() }).optional(), distillation: z.looseObject({ teacher: z.looseObject({ modelId: z.string().optional() }) }).optional() }) })

/** Runs launched together, in one transaction; `start: {kind: 'sibling'}` names an earlier one of the list. */
export const NewPipeline = z.object({ runs: z.array(NewRun).min(1).max(50), priority: z.int().min(-2).max(2).optional() })
export type NewPipeline = z.infer<typeof NewPipeline>

export const RunState = z.enum(['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'])
export type RunState = z.infer<typeof RunState>
/** True while the run may still change by itself. */
export const isLive = (state: RunState) => state === 'queued' || state === 'running' || state === 'cancelling'

export const StepState = z.enum(['waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type StepState = z.infer<typeof StepState>

export const StepKind = z.enum(['import', 'import-model', 'tokenise', 'bm25-retrieve', 'train', 'encode', 'encode-shard', 'encode-queries', 'retrieve', 'retrieve-shard', 'mine', 'teacher-scores', 'fuse', 'take', 'diagnose', 'index', 'evaluate', 'export', 'try-query'])
export type StepKind = z.infer<typeof StepKind>

export const StepSummary = z.object({
  id: z.string(),
  ordinal: z.number().int(),
  kind: StepKind,
  label: z.string(),
  state: StepState,
  /** Why it is in this state: what it waits for, why it was begun again, why it failed. */
  reason: z.string().nullable(),
  attempt: z.number().int(),
  /** True where another run had already made this artifact. */
  reused: z.boolean(),
  progress: Progress.nullable(),
  /** Optimizer step of the checkpoint this step makes or judges; null outside training and evaluation. */
  checkpointStep: z.number().int().nullable(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Key of the artifact that the step publishes. */
  artifactKey: z.string(),
})
export type StepSummary = z.infer<typeof StepSummary>

/** The judged quality of one checkpoint (BM25 has one, at step 0). */
export const EvaluationSummary = z.object({
  id: z.string(),
  checkpointStep: z.number().int(),
  split: Split,
  measures: MeasureValues,
  /** Queries the means are over. */
  n: z.number().int(),
  /** 95 % bootstrap intervals of the means; absent for evaluations from before they were kept. */
  intervals: MeasureIntervals.optional(),
  /** Queries of n without a ranking, which count as 0. */
  missing: z.number().int().optional(),
})
export type EvaluationSummary = z.infer<typeof EvaluationSummary>

/** Steps of runs with a higher priority are begun first; a running step is not interrupted for them. */
export const Priority = z.int().min(-2).max(2)
export type Priority = z.infer<typeof Priority>

export const PRIORITY_TITLES: Record<number, string> = { [-2]: 'Lowest', [-1]: 'Low', 0: 'Normal', 1: 'High', 2: 'Highest' }

const MethodName = z.enum(['bm25', 'random', 'in-batch', 'bm25-negatives', 'star', 'adore', 'zero-shot', 'external', 'fusion'])

export const RunSummary = z.object({
  id: z.string(),
  name: z.string(),
  method: MethodName,
  datasetId: z.string(),
  datasetName: z.string(),
  state: RunState,
  reason: z.string().nullable(),
  /** Index into the colour palette; a run keeps it everywhere. */
  colorIndex: z.number().int(),
  /** -2 (lowest) to 2 (highest): whose steps are delivered first. */
  priority: Priority,
  startRunId: z.string().nullable(),
  startRunName: z.string().nullable(),
  startMethod: MethodName.nullable(),
  /** Of the imported model that it starts from. */
  startModelName: z.string().nullable(),
  teacherRunId: z.string().nullable(),
  /** Of the run or imported model whose scores it learns; null without one, and for a file of scores. */
  teacherName: z.string().nullable(),
  /** Steps finished of all; secondsLeft of the whole run where it can be estimated. */
  progress: Progress,
  /** Label of the step that runs now. */
  currentStep: z.string().nullable(),
  /** On dev, in order of checkpointStep. */
  evaluations: z.array(EvaluationSummary),
  /** On test: the last checkpoint, where that was asked for. */
  tests: z.array(EvaluationSummary),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const RunFile = z.object({ stepId: z.string(), label: z.string(), name: z.string(), bytes: z.number().int(), sha256: z.string() })
export type RunFile = z.infer<typeof RunFile>

export const RunDetail = RunSummary.extend({
  config: RunConfig,
  datasetCounts: DatasetCounts.nullable(),
  steps: z.array(StepSummary),
  files: z.array(RunFile),
  /** The last event's cursor at the time of reading: the SSE tail goes on from here. */
  cursor: z.string(),
})
export type RunDetail = z.infer<typeof RunDetail>

/**
 * Training curves: per metric name, points in order of step. `at` is milliseconds since the epoch. A long curve is thinned to the first,
 * lowest, highest and last point of each bucket; `of` then says for how many points one stands and their mean, 0 where a neighbour does.
 */
export const MetricSeries = z.record(z.string(), z.array(z.object({ step: z.number().int(), value: z.number(), at: z.number(), of: z.object({ n: z.number().int(), mean: z.number() }).optional() })))
export type MetricSeries = z.infer<typeof MetricSeries>

/** What people write about a run, in Markdown. */
export const RunNotes = z.object({ notes: z.string().max(100_000, 'At most 100,000 characters') })
export type RunNotes = z.infer<typeof RunNotes>

/** Body of POST /api/runs/fusion: each run's last evaluated checkpoint, unless one is given. */
export const NewFusion = z.object({
  name: z.string(),
  runs: z.array(z.object({ id: z.string(), checkpointStep: z.number().int().optional() })).min(2, 'Choose at least two runs').max(20, 'At most 20 runs'),
  fusion: FusionMethod,
  normalisation: Normalisation.default('min-max'),
  k: z.number().int().default(60),
  depth: z.number().int().default(1000),
})
export type NewFusion = z.input<typeof NewFusion>

/** Answer of POST /api/runs. */
export const Launched = z.object({ pipelineId: z.string(), runs: z.array(RunSummary) })
export type Launched = z.infer<typeof Launched>
