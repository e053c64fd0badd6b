// Recipes that a person launches: the paper's methods one by one, and the whole pipeline of the demo.
// Values are for collections of short texts on two cores; each field's paper value is shown beside it in the form.
import type { Distillation } from './distillation'
import type { EncoderConfig, NewRun, TrainConfig } from './run'
import type { StartFrom } from './start'

/** The demo's encoder: small enough that a laptop trains it in minutes. */
export const SMALL_ENCODER: EncoderConfig = {
  vocabSize: 8000,
  layers: 1,
  hidden: 192,
  heads: 4,
  ffn: 384,
  dim: 192,
  pooling: 'mean',
  towers: 'shared',
  maxQueryTokens: 32,
  maxDocTokens: 48,
}

/** Training as the original does it, but for the temperature; length, batch and rate depend on the method. */
export const TRAIN_DEFAULTS = {
  optimizer: 'adamw',
  schedule: 'linear',
  warmupShare: 0.1,
  weightDecay: 0.01,
  clipNorm: 1,
  accumulation: 1,
  temperature: 3,
  hiddenDropout: 0,
  attentionDropout: 0,
  frozenLayers: -1,
  falseNegativeShare: 0,
  cachedChunkTokens: 0,
  precision: 'single',
  checkpoints: 3,
} as const

/** Scores are divided as the student's are. Squared errors of margins are some ten times the method's own loss: with this weight both count (docs/demo.md). */
export const DISTILLATION_DEFAULTS: Omit<Distillation, 'teacher'> = { loss: 'margin-mse', temperature: TRAIN_DEFAULTS.temperature, weight: 0.1, labelWeight: 1 }

const WARM_UP: TrainConfig = { ...TRAIN_DEFAULTS, steps: 900, batchSize: 128, learningRate: 2e-3 }
const STAR: TrainConfig = { ...TRAIN_DEFAULTS, steps: 300, batchSize: 128, learningRate: 1e-3 }
const ADORE: TrainConfig = { ...TRAIN_DEFAULTS, steps: 240, batchSize: 128, learningRate: 3e-4 }

const unchosen = { kind: 'run', runId: '' } as const
const common = (datasetId: string) => ({ ...forBm25(datasetId), device: 'auto' as const, diagnosis: 'none' as const, annIndex: 'none', testQueries: 'none' as const })
const forBm25 = (datasetId: string) => ({ datasetId, seed: 42, depth: 100 })

const bm25 = (datasetId: string, name = 'bm25'): NewRun => ({ name, config: { method: 'bm25', ...forBm25(datasetId), k1: 0.9, b: 0.4, stemmer: 'none', stopWords: 'none', testQueries: 'none' } })
const inBatch = (datasetId: string, name = 'in-batch'): NewRun => ({ name, config: { method: 'in-batch', ...common(datasetId), encoder: SMALL_ENCODER, train: WARM_UP } })
const random = (datasetId: string): NewRun => ({ name: 'random', config: { method: 'random', ...common(datasetId), encoder: SMALL_ENCODER, train: WARM_UP } })
const bm25Negatives = (datasetId: string): NewRun => ({
  name: 'bm25-negatives',
  config: { method: 'bm25-negatives', ...common(datasetId), encoder: SMALL_ENCODER, train: WARM_UP, mineDepth: 200, negativesPerQuery: 1 },
})
const star = (datasetId: string, start: StartFrom): NewRun => ({
  name: 'star',
  config: { method: 'star', ...common(datasetId), start, train: STAR, mineDepth: 200, negativesPerQuery: 1 },
})
const distilled = (datasetId: string): NewRun => {
  const { config } = star(datasetId, unchosen)
  return { name: 'distilled', config: { ...config, distillation: { teacher: unchosen, ...DISTILLATION_DEFAULTS } } as NewRun['config'] }
}
const adore = (datasetId: string, start: StartFrom): NewRun => ({
  name: 'adore',
  config: { method: 'adore', ...common(datasetId), start, train: ADORE, topK: 200, metricCut: 200 },
})

const zeroShot = (datasetId: string): NewRun => ({
  name: 'zero-shot',
  config: { method: 'zero-shot', ...common(datasetId), start: { kind: 'model', modelId: '', maxQueryTokens: 32, maxDocTokens: 128 } },
})

/** BM25, warm-up, STAR from the warm-up, ADORE from STAR: what `./drhard demo` runs. */
export function demoPipeline(datasetId: string): NewRun[] {
  return [
    bm25(datasetId),
    inBatch(datasetId, 'warmup'),
    star(datasetId, { kind: 'sibling', name: 'warmup' }),
    adore(datasetId, { kind: 'sibling', name: 'star' }),
  ]
}

/**
 * The six models of the paper's tables (Zhan et al. 2021; the original's README): In-batch, Rand, STAR, and ADORE over the documents of each of
 * them. With BM25 as the baseline, and what STAR starts from: there ANCE's warm-up model, trained with BM25 negatives; here one trained so.
 */
export function paperTable(datasetId: string): NewRun[] {
  const over = (name: string): NewRun => ({ ...adore(datasetId, { kind: 'sibling', name }), name: `adore-${name}` })
  return [
    bm25(datasetId),
    inBatch(datasetId),
    random(datasetId),
    bm25Negatives(datasetId),
    star(datasetId, { kind: 'sibling', name: 'bm25-negatives' }),
    over('in-batch'),
    over('random'),
    over('star'),
  ]
}

export interface Preset {
  id: string
  title: string
  description: string
  /** What the recipe is in the paper, where it is one of its models. */
  paper?: string
  /** Judges the last checkpoint on the test queries as well, where the data set has some. */
  judgesTest?: boolean
  runs: (datasetId: string) => NewRun[]
}

export const PRESETS: Preset[] = [
  {
    id: 'pipeline',
    title: 'Whole pipeline',
    description: 'BM25 baseline, in-batch warm-up, STAR from the warm-up, ADORE from STAR: four runs, launched together.',
    paper: 'ADORE(STAR)',
    runs: demoPipeline,
  },
  {
    id: 'paper',
    title: 'The paper’s table',
    description: 'The paper’s six models: in-batch and random negatives, STAR from a warm-up with BM25 negatives, and ADORE over each of the three; BM25 beside them. Eight runs; what they share is made once.',
    paper: 'all six models',
    judgesTest: true,
    runs: paperTable,
  },
  { id: 'in-batch', title: 'In-batch negatives', description: 'Every other positive of the batch is a negative. The usual warm-up.', paper: 'In-batch Neg', runs: (d) => [inBatch(d)] },
  { id: 'random', title: 'Random negatives', description: 'Negatives drawn from the whole collection.', paper: 'Rand Neg', runs: (d) => [random(d)] },
  { id: 'bm25-negatives', title: 'BM25 negatives', description: 'Negatives drawn from BM25’s ranking of each training query.', paper: 'BM25 Neg', runs: (d) => [bm25Negatives(d)] },
  { id: 'star', title: 'STAR', description: 'Static hard negatives mined once with the start run, plus in-batch negatives for stability. Trains both encoders.', paper: 'STAR', runs: (d) => [star(d, unchosen)] },
  { id: 'distillation', title: 'Distillation', description: 'STAR that also learns what a teacher, such as a larger model or an ADORE run, says of each query’s positive and hard negatives.', runs: (d) => [distilled(d)] },
  { id: 'adore', title: 'ADORE', description: 'Documents stay as the start run encoded them; the query encoder trains on negatives retrieved afresh in every step.', paper: 'ADORE', runs: (d) => [adore(d, unchosen)] },
  { id: 'zero-shot', title: 'Zero-shot', description: 'An imported model, searched with as it is: the baseline that training has to beat.', runs: (d) => [zeroShot(d)] },
  { id: 'bm25', title: 'BM25', description: 'The lexical baseline, no training.', runs: (d) => [bm25(d)] },
]

/** A configuration as a person writes it, with what it leaves out taken from its method's recipe; as it is where there is no such recipe. */
export function withRecipeValues(config: Record<string, unknown>): Record<string, unknown> {
  const recipe = PRESETS.find(({ id }) => id === config.method)
  if (!recipe) return config
  const defaults = { ...recipe.runs(String(config.datasetId))[0].config, ...(config.distillation !== undefined && { distillation: DISTILLATION_DEFAULTS }) }
  return merged(defaults, config)
}

/** `start` and `teacher` are one choice of several shapes: they are taken whole. */
function merged(defaults: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  const fields = Object.entries(given).map(([key, value]) => [key, key !== 'start' && key !== 'teacher' && isRecord(value) && isRecord(defaults[key]) ? merged(defaults[key], value) : value])
  return { ...defaults, ...Object.fromEntries(fields) }
}
