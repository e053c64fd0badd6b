// What every field of a run's configuration means, and what the paper used. The form, the run page and the comparison show the same words.
// Paper values are the original code's and README's (github.com/jingtaozhan/DRhard): passages, RoBERTa-base.
import { isUntrainedMethod, METHOD_TITLES, type Method, type RunConfig, startOf, valueAt } from '@/contract/run'
import { formatCount, formatNumber } from '@/components/format'

export interface ConfigField {
  /** Path inside the configuration. */
  path: string
  group: (typeof GROUPS)[number]
  label: string
  help: string
  /** A text is shown, and chosen elsewhere in the form. */
  kind: 'integer' | 'number' | 'choice' | 'text'
  /** The words for each value of a choice. */
  choices?: Record<string, string>
  /** The paper's value, for all methods or by method. */
  paper?: string | Partial<Record<Method, string>>
}

export const GROUPS = ['Training', 'Negatives', 'Distillation', 'BM25', 'Encoder', 'Regularisation', 'Memory and device', 'Data and evaluation'] as const

export const CONFIG_FIELDS: ConfigField[] = [
  { path: 'train.steps', group: 'Training', label: 'Optimizer steps', kind: 'integer', help: 'How many batches are learned from in all.', paper: { star: 'about 50k' } },
  { path: 'train.batchSize', group: 'Training', label: 'Batch size', kind: 'integer', help: 'Queries per step. In-batch methods get one negative from every other query, so larger is harder and better.', paper: { star: '64 in its code', adore: '32' } },
  { path: 'train.optimizer', group: 'Training', label: 'Optimizer', kind: 'choice', choices: { adamw: 'AdamW', lamb: 'LAMB' }, help: 'LAMB scales each tensor’s step by its norm, for large batches.', paper: { star: 'LAMB', adore: 'AdamW' } },
  { path: 'train.learningRate', group: 'Training', label: 'Learning rate', kind: 'number', help: 'Peak rate: it rises from 0, then follows the schedule.', paper: { star: '1e-4 with LAMB', adore: '5e-6' } },
  { path: 'train.warmupShare', group: 'Training', label: 'Warm-up share', kind: 'number', help: 'Share of the steps in which the learning rate rises.', paper: { star: '1,000 steps', adore: '2,000 steps' } },
  { path: 'train.schedule', group: 'Training', label: 'Schedule', kind: 'choice', choices: { linear: 'linear to 0', cosine: 'cosine to 0', constant: 'constant' }, help: 'How the learning rate goes on after its warm-up.', paper: 'linear' },
  { path: 'train.weightDecay', group: 'Regularisation', label: 'Weight decay', kind: 'number', help: 'Pulls weights to zero; biases and LayerNorm are left out.', paper: '0.01' },
  { path: 'train.temperature', group: 'Training', label: 'Temperature', kind: 'number', help: 'Scores are divided by it before the loss; a small encoder’s inner products need more than 1.', paper: '1' },
  { path: 'train.checkpoints', group: 'Training', label: 'Checkpoints', kind: 'integer', help: 'Evenly spaced points at which the model is saved, searched and judged on dev.' },
  { path: 'train.accumulation', group: 'Training', label: 'Batches per step', kind: 'integer', help: 'Their gradients are averaged into one update. Negatives stay within each batch.', paper: '1' },
  { path: 'train.clipNorm', group: 'Regularisation', label: 'Gradient clip', kind: 'number', help: 'Larger gradients are scaled down to this norm.', paper: '1' },
  { path: 'train.hiddenDropout', group: 'Regularisation', label: 'Hidden dropout', kind: 'number', help: 'Share of hidden values dropped in training.', paper: '0.1' },
  { path: 'train.attentionDropout', group: 'Regularisation', label: 'Attention dropout', kind: 'number', help: 'Share of attention weights dropped in training.', paper: '0.1' },
  { path: 'train.frozenLayers', group: 'Regularisation', label: 'Frozen layers', kind: 'integer', help: 'The embeddings and this many layers from below do not learn; −1: everything learns.', paper: '−1' },
  { path: 'train.cachedChunkTokens', group: 'Memory and device', label: 'Cached chunk', kind: 'integer', help: 'Tokens encoded at once, with gradients cached between: large batches in little memory, a third slower. 0: the whole batch.', paper: '0' },
  { path: 'train.precision', group: 'Memory and device', label: 'Precision', kind: 'choice', choices: { single: 'single', half: 'half (GPU)' }, help: 'Of matrix products in training, on a GPU: half is faster on cards that have it; weights, sums and norms stay single, and the loss is scaled so that gradients fit.' },
  { path: 'train.falseNegativeShare', group: 'Negatives', label: 'False-negative filter', kind: 'number', help: 'Negatives that score above this share of the positive’s score are left out; 0: none.', paper: '0' },
  { path: 'mineDepth', group: 'Negatives', label: 'Mining depth', kind: 'integer', help: 'Hard negatives are drawn from this many top documents that are not relevant.', paper: '200' },
  { path: 'negativesPerQuery', group: 'Negatives', label: 'Hard negatives per query', kind: 'integer', help: 'Drawn afresh for each query in each batch; the whole batch shares them.', paper: '1' },
  { path: 'topK', group: 'Negatives', label: 'Retrieved per step', kind: 'integer', help: 'Documents that each training query retrieves inside the step.', paper: '200' },
  { path: 'metricCut', group: 'Negatives', label: 'Metric cut', kind: 'integer', help: 'Ranks beyond this one weigh nothing in the loss.', paper: '200' },
  { path: 'distillation.loss', group: 'Distillation', label: 'Loss', kind: 'choice', choices: { 'margin-mse': 'Margin-MSE', kl: 'KL divergence' }, help: 'Margin-MSE learns the score difference of positive and negative; KL the positive and its negatives as a distribution, best with several negatives.' },
  { path: 'distillation.temperature', group: 'Distillation', label: 'Teacher temperature', kind: 'number', help: 'The teacher’s scores are divided by it, as the student’s are by its own. Cosines, which lie between −1 and 1, need about 0.05.' },
  { path: 'distillation.weight', group: 'Distillation', label: 'Weight of the teacher', kind: 'number', help: 'Of the distillation loss in the sum. About 0.1 for Margin-MSE, whose squares are large, and 1 for KL.' },
  { path: 'distillation.labelWeight', group: 'Distillation', label: 'Weight of the judgements', kind: 'number', help: 'Of the method’s own loss in the sum; 0: only the teacher is learned.' },
  { path: 'distillation.teacher.maxQueryTokens', group: 'Distillation', label: 'Teacher’s query tokens', kind: 'integer', help: 'Longer queries are cut before the teacher sees them.' },
  { path: 'distillation.teacher.maxDocTokens', group: 'Distillation', label: 'Teacher’s document tokens', kind: 'integer', help: 'Longer documents are cut before the teacher sees them.' },
  { path: 'distillation.teacher.file', group: 'Distillation', label: 'File of scores', kind: 'text', help: 'On the server; the documents that it scores are the negatives.' },
  { path: 'k1', group: 'BM25', label: 'k1', kind: 'number', help: 'How fast repeated terms stop counting.', paper: '0.9 (Anserini)' },
  { path: 'b', group: 'BM25', label: 'b', kind: 'number', help: 'How much long documents are discounted.', paper: '0.4 (Anserini)' },
  { path: 'stemmer', group: 'BM25', label: 'Stemming', kind: 'choice', choices: { none: 'none', porter2: 'Porter2 (English)' }, help: 'Makes “connected” and “connection” one term.', paper: 'Porter (Anserini)' },
  { path: 'stopWords', group: 'BM25', label: 'Stop words', kind: 'choice', choices: { none: 'kept', english: 'left out (English)' }, help: 'Whether words such as “the” and “of” are searched for.', paper: 'left out (Anserini)' },
  { path: 'encoder.layers', group: 'Encoder', label: 'Layers', kind: 'integer', help: 'Transformer layers.', paper: '12' },
  { path: 'encoder.hidden', group: 'Encoder', label: 'Hidden size', kind: 'integer', help: 'Width of every layer; a multiple of the heads.', paper: '768' },
  { path: 'encoder.heads', group: 'Encoder', label: 'Attention heads', kind: 'integer', help: 'Heads per layer.', paper: '12' },
  { path: 'encoder.ffn', group: 'Encoder', label: 'Feed-forward size', kind: 'integer', help: 'Inner width of the feed-forward part.', paper: '3072' },
  { path: 'encoder.dim', group: 'Encoder', label: 'Embedding size', kind: 'integer', help: 'Dimension that is searched in.', paper: '768' },
  { path: 'encoder.pooling', group: 'Encoder', label: 'Pooling', kind: 'choice', choices: { first: 'first token', mean: 'mean of all' }, help: 'What stands for the text: its first token, or the mean of all.', paper: 'first token' },
  { path: 'encoder.towers', group: 'Encoder', label: 'Encoders', kind: 'choice', choices: { shared: 'one for both sides', separate: 'one for each side' }, help: 'Queries and documents share an encoder, or have one each.', paper: 'one for both sides' },
  { path: 'encoder.vocabSize', group: 'Encoder', label: 'Vocabulary', kind: 'integer', help: 'Byte-level BPE tokens, learned from the collection.', paper: '50,265' },
  { path: 'encoder.maxQueryTokens', group: 'Encoder', label: 'Query tokens', kind: 'integer', help: 'Longer queries are cut.', paper: '24' },
  { path: 'encoder.maxDocTokens', group: 'Encoder', label: 'Document tokens', kind: 'integer', help: 'Longer documents are cut.', paper: '120' },
  { path: 'start.maxQueryTokens', group: 'Encoder', label: 'Query tokens', kind: 'integer', help: 'Longer queries are cut; tokens of the model’s tokenizer, special ones included.', paper: '24' },
  { path: 'start.maxDocTokens', group: 'Encoder', label: 'Document tokens', kind: 'integer', help: 'Longer documents are cut; tokens of the model’s tokenizer, special ones included.', paper: '120' },
  { path: 'device', group: 'Memory and device', label: 'Device', kind: 'choice', choices: { auto: 'automatic', cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU', tfjs: 'TensorFlow.js' }, help: 'Where it computes. Automatic takes a CUDA card where there is one, else the CPU; the run page says which.' },
  { path: 'diagnosis', group: 'Data and evaluation', label: 'Diagnosis', kind: 'choice', choices: { none: 'none', checkpoints: 'at every checkpoint' }, help: 'Counts pairwise errors in the whole collection, and static negatives that are still hard: the paper’s argument, measured.' },
  { path: 'testQueries', group: 'Data and evaluation', label: 'Test queries', kind: 'choice', choices: { none: 'not judged', last: 'the last checkpoint' }, help: 'Judges the last checkpoint on the test split too, once, so that nothing is chosen by it. The paper’s NDCG@10 is over the test queries of TREC DL 2019.' },
  { path: 'annIndex', group: 'Data and evaluation', label: 'Approximate index', kind: 'choice', choices: { none: 'none', HNSW32: 'HNSW32', 'HNSW32,SQ8': 'HNSW32,SQ8', 'IVF64,Flat': 'IVF64,Flat', 'IVF64,PQ8': 'IVF64,PQ8', 'OPQ8,IVF64,PQ8': 'OPQ8,IVF64,PQ8' }, help: 'Built with faiss from the last checkpoint: recall against exact search, latency and size. Measures stay those of exact search.' },
  { path: 'docsFrom', group: 'Data and evaluation', label: 'Document embeddings', kind: 'text', help: 'Taken over from this folder of the data set.' },
  { path: 'negativesFrom', group: 'Data and evaluation', label: 'Hard negatives', kind: 'text', help: 'Taken over from this folder of the data set.' },
  { path: 'seed', group: 'Data and evaluation', label: 'Seed', kind: 'integer', help: 'The same seed gives the same curve.', paper: '42' },
  { path: 'depth', group: 'Data and evaluation', label: 'Ranking depth', kind: 'integer', help: 'Documents kept per dev query, and in the run file. R@100 needs 100.', paper: '1000' },
]

/** What is the same for all runs of a launch, so that they can be compared. */
export const SHARED_FIELDS = CONFIG_FIELDS.filter(({ path }) => path === 'seed' || path === 'depth')

export function paperValue(field: ConfigField, method: Method): string | null {
  if (!field.paper) return null
  return typeof field.paper === 'string' ? field.paper : (field.paper[method] ?? null)
}

/** The fields that a configuration has, in the order above. An imported model decides the encoder but for the lengths of texts. */
export function fieldsOf(config: RunConfig): ConfigField[] {
  const fromModel = startOf(config)?.kind === 'model'
  return CONFIG_FIELDS.filter(({ path }) => valueAt(config, path) !== undefined && !(fromModel && path.startsWith('encoder.')))
}

export function formatValue(field: ConfigField, value: unknown): string {
  if (value === undefined) return '–'
  if (field.choices) return field.choices[String(value)] ?? String(value)
  if (typeof value !== 'number') return String(value)
  return field.path === 'seed' || value < 10_000 ? formatNumber(value) : formatCount(value)
}

export interface ConfigRow {
  path: string
  group: string
  label: string
  values: string[]
  /** Settings that at least two runs have with different values come first; those that only some methods have say little. */
  kind: 'differs' | 'partial' | 'equal'
}

export interface NamedConfig {
  config: RunConfig
  datasetName: string
  startRunName: string | null
  startModelName: string | null
  teacherName: string | null
}

/** One row per setting, one value per run, in the order above. A setting that a run does not have is "–". */
export function compareConfigs(runs: NamedConfig[]): ConfigRow[] {
  const row = (path: string, group: string, label: string, values: string[]): ConfigRow => ({ path, group, label, values, kind: kindOf(values) })
  return [
    row('method', 'Method', 'Method', runs.map(({ config }) => METHOD_TITLES[config.method])),
    row('datasetId', 'Data and evaluation', 'Data set', runs.map(({ datasetName }) => datasetName)),
    row('start', 'Training', 'Starts from', runs.map(({ startRunName, startModelName, config }) => startRunName ?? startModelName ?? (isUntrainedMethod(config.method) ? '–' : 'random weights'))),
    ...(runs.some(({ teacherName }) => teacherName !== null) ? [row('teacher', 'Distillation', 'Learns from', runs.map(({ teacherName }) => teacherName ?? '–'))] : []),
    ...CONFIG_FIELDS.filter((field) => runs.some(({ config }) => valueAt(config, field.path) !== undefined)).map((field) =>
      row(field.path, field.group, field.label, runs.map(({ config }) => formatValue(field, valueAt(config, field.path)))),
    ),
  ]
}

function kindOf(values: string[]): ConfigRow['kind'] {
  const present = values.filter((value) => value !== '–')
  if (new Set(present).size > 1) return 'differs'
  return present.length < values.length ? 'partial' : 'equal'
}
