// What steps are: for each kind its parameters and inputs, and the key that these give. Planned by pipeline.ts, done by jobs/steps.
import type { DatasetSource, Split } from './dataset'
import type { DistillationSettings } from './distillation'
import type { ModelFormat, ModelOptions, ModelSource } from './model'
import type { Device, EncoderConfig, FusionMethod, Normalisation, Stemmer, StepKind, StopWords, TrainConfig, TrainedConfig } from './run'

/** Raised when the code behind a kind of step changes what it publishes: older artifacts are then not reused. */
const STEP_VERSIONS: Record<StepKind, number> = {
  import: 2,
  'import-model': 1,
  tokenise: 1,
  'bm25-retrieve': 1,
  train: 3,
  encode: 1,
  'encode-shard': 1,
  'encode-queries': 1,
  retrieve: 1,
  'retrieve-shard': 1,
  mine: 1,
  'teacher-scores': 1,
  fuse: 1,
  take: 1,
  diagnose: 1,
  index: 1,
  evaluate: 3,
  export: 1,
  'try-query': 1,
}

/** A device that was asked for by name. Where the worker chooses it is no part of a step's key: its artifact serves whatever computed it. */
export type WantedDevice = Exclude<Device, 'auto'>

/** Kind and code version of a step, as in train.2: artifacts of different versions are never mixed. */
export function stepCode(kind: StepKind): string {
  return `${kind}.${STEP_VERSIONS[kind]}`
}

/** Parameters per kind of step: what jobs/steps/*.ts gets, besides the folders of its inputs. */
export interface StepParams {
  import: { source: DatasetSource; fingerprint: string }
  'import-model': { source: ModelSource; options: ModelOptions; fingerprint: string }
  /** How many tokens to learn; absent where a model brings its tokenizer. */
  tokenise: { vocabSize?: number }
  'bm25-retrieve': { split: Split; depth: number; k1: number; b: number; stemmer?: Stemmer; stopWords?: StopWords }
  train: {
    method: TrainedConfig['method']
    encoder: EncoderConfig
    train: TrainConfig
    seed: number
    /** Optimizer steps [from, to) of this segment. */
    from: number
    to: number
    negativesPerQuery?: number
    topK?: number
    metricCut?: number
    /** Absent without a teacher. */
    distillation?: DistillationSettings
    device?: WantedDevice
  }
  encode: { encoder: EncoderConfig; device?: WantedDevice }
  /** Rows [from, to) of the documents. */
  'encode-shard': { encoder: EncoderConfig; device?: WantedDevice; from: number; to: number }
  /** The split's queries [from, to), counted in the order of their rows. */
  'encode-queries': { encoder: EncoderConfig; split: Split; device?: WantedDevice; from: number; to: number }
  retrieve: { encoder: EncoderConfig; split: Split; depth: number; device?: WantedDevice }
  /** Searches rows [from, to) of the documents. */
  'retrieve-shard': { encoder: EncoderConfig; split: Split; depth: number; device?: WantedDevice; from: number; to: number }
  mine: { split: Split; mineDepth: number }
  'teacher-scores': TeacherScoring
  fuse: { fusion: FusionMethod; normalisation: Normalisation; k: number; depth: number }
  /** `name`: of the folder below the data set's that holds the results; the fingerprint is the data set's. */
  take: { folder: string; fingerprint: string; name: string } & GivenKind
  /** Errors within the first topK; up to trainQueries training queries are searched for their static negatives. */
  diagnose: { encoder: EncoderConfig; split: Split; topK: number; trainQueries: number; seed: number; device?: WantedDevice }
  index: { encoder: EncoderConfig; split: Split; factory: string; probes: number; seed: number; device?: WantedDevice }
  evaluate: { split: Split }
  /** `card`: Markdown of the model card. */
  export: { format: ModelFormat; card: string }
  /** A text that a person tries, with no judgements. */
  'try-query': { encoder: EncoderConfig; text: string; depth: number; device?: WantedDevice }
}

/** Scores of another encoder for each training query's positives and its up to mineDepth negatives; or those of a file. */
export type TeacherScoring = { from: 'model'; encoder: EncoderConfig; mineDepth: number; device?: WantedDevice } | ({ from: 'file' } & TeacherFileState)

/** A file of a teacher's scores as it was at the launch. */
export interface TeacherFileState {
  file: string
  fingerprint: string
}

/** What is taken over of a DRhard data folder. */
export type GivenKind = { what: 'embeddings'; encoder: EncoderConfig; device?: WantedDevice } | { what: 'negatives'; mineDepth: number } | { what: 'ranking'; split: Split; depth: number }

/** Inputs per kind of step, by role; each names the key of another step's artifact. */
export interface StepInputs {
  import: Record<string, never>
  'import-model': Record<string, never>
  tokenise: { dataset: string; model?: string }
  'bm25-retrieve': { dataset: string }
  /** checkpoint: the segment before, or what the run starts from; absent: random weights. */
  train: { dataset: string; tokens: string; checkpoint?: string; negatives?: string; docs?: string; teacher?: string }
  /** shard0, shard1, ...: where workers have shared the work; the artifact is the same without. */
  encode: { tokens: string; checkpoint: string; [shard: `shard${number}`]: string }
  'encode-shard': { tokens: string; checkpoint: string }
  retrieve: { dataset: string; tokens: string; checkpoint: string; docs: string; [shard: `shard${number}`]: string }
  'encode-queries': { dataset: string; tokens: string; checkpoint: string }
  /** queries0, queries1, ...: the split's queries, embedded once for all parts. */
  'retrieve-shard': { dataset: string; tokens: string; checkpoint: string; docs: string; [queries: `queries${number}`]: string }
  /** excluded: what was judged relevant here (server/dataset/exclusions.ts). */
  mine: { dataset: string; ranking: string; excluded?: string }
  /** All but the data set: of the model that scores, and what it scores. */
  'teacher-scores': { dataset: string; tokens?: string; checkpoint?: string; docs?: string; negatives?: string }
  /** ranking-0, ranking-1, ... in the order of the configuration. */
  fuse: Record<string, string>
  /** tokens and checkpoint: of the model that embeddings should be of; excluded: as for mine. */
  take: { dataset: string; tokens?: string; checkpoint?: string; excluded?: string }
  diagnose: { dataset: string; tokens: string; checkpoint: string; docs: string; negatives?: string }
  /** ranking: the exact one, which recall is measured against. */
  index: { dataset: string; tokens: string; checkpoint: string; docs: string; ranking: string }
  evaluate: { dataset: string; ranking: string }
  export: { checkpoint: string; tokens: string }
  'try-query': { dataset: string; tokens: string; checkpoint: string; docs: string }
}

export type StepPlan = {
  [K in StepKind]: { kind: K; key: string; label: string; params: StepParams[K]; inputs: StepInputs[K]; checkpointStep: number | null }
}[StepKind]

/** Hash of a string as lower-case hex; passed in because browsers and Node have different ones. */
export type Hash = (text: string) => string

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined)
    return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** A step with its key. */
export function makeStep<K extends StepKind>(hash: Hash, kind: K, label: string, params: StepParams[K], inputs: StepInputs[K], checkpointStep: number | null = null): StepPlan {
  const key = hash(canonicalJson({ kind, version: STEP_VERSIONS[kind], params, inputs })).slice(0, 32)
  return { kind, key, label, params, inputs, checkpointStep } as StepPlan
}
