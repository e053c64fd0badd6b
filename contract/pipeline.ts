// Turns a run's configuration into its steps: a pure function, so the form can preview it and tests can pin it.
// Every step has a key, the hash of what its artifact depends on (kind, code version, parameters, input keys).
// Equal keys are the same artifact: work that any run has published is reused, never repeated.
import { AppError } from './errors'
import type { Split } from './dataset'
import type { DatasetSource } from './dataset'
import type { Distillation, DistillationSettings } from './distillation'
import { MODEL_FORMAT_TITLES, type ModelFormat, type ModelOptions, type ModelSource } from './model'
import type { Device, EncoderConfig, FusionMethod, Normalisation, RunConfig, Stemmer, StepKind, StopWords, TrainConfig, TrainedConfig } from './run'

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
type WantedDevice = Exclude<Device, 'auto'>

/** Inverted lists searched by IVF indexes. */
const PROBES = 8
/** The paper mines, trains and cuts its losses at 200. */
const DIAGNOSED_TOP = 200
/** Enough for a share to two places. */
const DIAGNOSED_TRAIN_QUERIES = 500

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

/** A data set's import: its parameters decide the key of everything made from it. */
export type ImportParams = StepParams['import']

/** A model's import and the shape that it turned out to have. */
export interface ModelLineage {
  import: StepParams['import-model']
  encoder: EncoderConfig
}

/** A run and what it goes back to: runs, or a model. */
export interface Lineage {
  config: RunConfig
  import: ImportParams
  start: Lineage | null
  model?: ModelLineage | null
  teacher?: TeacherLineage | null
}

/** Where a teacher's scores come from. */
export type TeacherLineage = { kind: 'run'; run: Lineage } | { kind: 'model'; model: ModelLineage } | ({ kind: 'file' } & TeacherFileState)

/** Hash of a string as lower-case hex; passed in because browsers and Node have different ones. */
export type Hash = (text: string) => string

/** What later runs take from a trained run. */
interface Outcome {
  encoder: EncoderConfig
  tokens: string
  checkpoint: string
  docs: string
  /** The model that the first of the runs started from; its tokenizer is that of all. */
  model: ModelLineage | null
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined)
    return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** Ends of the training segments: the optimizer steps at which a checkpoint is published. */
export function checkpointSteps(train: Pick<TrainConfig, 'steps' | 'checkpoints'>): number[] {
  const count = Math.min(train.checkpoints, train.steps)
  return Array.from({ length: count }, (_, i) => Math.round((train.steps * (i + 1)) / count))
}

/** The import step of a model. */
export function planModelImport(params: StepParams['import-model'], hash: Hash): StepPlan {
  return makeStep(hash, 'import-model', 'Import the model', params, {})
}

/** By which the step of an export is known among those of its run. */
export const exportLabel = (format: ModelFormat, checkpointStep: number) => `Export at ${checkpointStep}: ${MODEL_FORMAT_TITLES[format]}`

/** The step that writes a checkpoint for other programs; ordered when somebody wants it, in no run's plan. */
export function planExport(params: StepParams['export'], inputs: StepInputs['export'], checkpointStep: number, hash: Hash): StepPlan {
  return makeStep(hash, 'export', exportLabel(params.format, checkpointStep), params, inputs, checkpointStep)
}

/** A query that a person tries against a checkpoint, with the inputs of that checkpoint's search. */
export function planTryQuery(params: StepParams['try-query'], inputs: StepInputs['try-query'], hash: Hash): StepPlan {
  return makeStep(hash, 'try-query', 'Try a query', params, inputs)
}

/** The import step of a data set, the first of every plan. */
export function planImport(params: ImportParams, hash: Hash): StepPlan {
  return makeStep(hash, 'import', 'Import', params, {})
}

/**
 * The steps of a run, in an order in which every input comes before its use.
 * Throws AppError bad-input where the start run cannot serve this method.
 */
export function planSteps(lineage: Lineage, hash: Hash): StepPlan[] {
  return plan(lineage, hash).steps
}

/** A step with its key. */
export function makeStep<K extends StepKind>(hash: Hash, kind: K, label: string, params: StepParams[K], inputs: StepInputs[K], checkpointStep: number | null = null): StepPlan {
  const key = hash(canonicalJson({ kind, version: STEP_VERSIONS[kind], params, inputs })).slice(0, 32)
  return { kind, key, label, params, inputs, checkpointStep } as StepPlan
}

function plan(lineage: Lineage, hash: Hash): { steps: StepPlan[]; outcome: Outcome | null } {
  const steps: StepPlan[] = []
  const add = <K extends StepKind>(kind: K, label: string, params: StepParams[K], inputs: StepInputs[K], checkpointStep: number | null = null): string => {
    const step = makeStep(hash, kind, label, params, inputs, checkpointStep)
    // a teacher may be the very model that the run starts from
    if (!steps.some(({ key }) => key === step.key)) steps.push(step)
    return step.key
  }
  const { config, import: importParams } = lineage
  const { depth, seed } = config
  const device = 'device' in config && config.device !== 'auto' ? config.device : undefined
  const dataset = add('import', 'Import', importParams, {})

  const take = (name: string, label: string, kind: GivenKind, inputs: Omit<StepInputs['take'], 'dataset'> = {}, at: number | null = null): string => {
    const { source, fingerprint } = importParams
    if (source.kind !== 'drhard') throw new AppError('bad-input', `${name} is to be taken over, which only data sets of a DRhard folder come with; import that folder`)
    return add('take', label, { folder: source.folder, fingerprint, name, ...kind }, { dataset, ...inputs }, at)
  }

  if (config.method === 'bm25') {
    const ranking = add('bm25-retrieve', 'Retrieve with BM25', { split: 'dev', depth, k1: config.k1, b: config.b, ...analysis(config) }, { dataset })
    add('evaluate', 'Evaluate', { split: 'dev' }, { dataset, ranking }, 0)
    if (config.testQueries === 'last') {
      const tested = add('bm25-retrieve', 'Retrieve the test queries with BM25', { split: 'test', depth, k1: config.k1, b: config.b, ...analysis(config) }, { dataset })
      add('evaluate', 'Evaluate on test', { split: 'test' }, { dataset, ranking: tested }, 0)
    }
    return { steps, outcome: null }
  }

  const takeRanking = (name: string, split: 'dev' | 'test') => take(name, `Take over the ${split} ranking of ${name}`, { what: 'ranking', split, depth })
  const externalRanking = ({ rankingKey, rankingFrom }: Extract<RunConfig, { method: 'external' }>): string => {
    if (rankingFrom !== undefined) return takeRanking(rankingFrom, 'dev')
    if (rankingKey === undefined) throw new AppError('bad-input', 'An external run needs a ranking; upload a run file')
    return rankingKey
  }
  if (config.method === 'external' || config.method === 'fusion') {
    const ranking = config.method === 'external' ? externalRanking(config) : add('fuse', 'Fuse the rankings', { fusion: config.fusion, normalisation: config.normalisation, k: config.k, depth }, Object.fromEntries(config.sources.map((source, i) => [`ranking-${i}`, source.rankingKey])))
    add('evaluate', 'Evaluate', { split: 'dev' }, { dataset, ranking }, 0)
    if (config.method === 'external' && config.testQueries === 'last') {
      if (config.rankingFrom === undefined) throw new AppError('bad-input', 'An uploaded run file holds dev queries only; leave the test queries unjudged, or upload them as a run file for `drhard eval`', { fields: { 'config.testQueries': 'Only for rankings of a DRhard folder' } })
      add('evaluate', 'Evaluate on test', { split: 'test' }, { dataset, ranking: takeRanking(config.rankingFrom, 'test') }, 0)
    }
    return { steps, outcome: null }
  }

  const docsFrom = 'docsFrom' in config ? config.docsFrom : undefined
  let negatives: string | undefined
  const judge = (from: Outcome, at: number, split: 'dev' | 'test' = 'dev') => {
    const queries = split === 'test' ? ' on test' : ''
    const ranking = add('retrieve', `Search${queries} at ${at}`, { encoder: from.encoder, split, depth, device }, { dataset, tokens: from.tokens, checkpoint: from.checkpoint, docs: from.docs }, at)
    add('evaluate', `Evaluate${queries} at ${at}`, { split }, { dataset, ranking }, at)
    return ranking
  }
  const diagnose = (from: Outcome, at: number) => {
    if (config.diagnosis !== 'checkpoints') return
    const params = { encoder: from.encoder, split: 'dev' as const, topK: DIAGNOSED_TOP, trainQueries: DIAGNOSED_TRAIN_QUERIES, seed, device }
    add('diagnose', `Diagnose at ${at}`, params, { dataset, tokens: from.tokens, checkpoint: from.checkpoint, docs: from.docs, negatives }, at)
  }
  const index = (from: Outcome, ranking: string, at: number) => {
    if (!config.annIndex || config.annIndex === 'none') return
    const params = { encoder: from.encoder, split: 'dev' as const, factory: config.annIndex, probes: PROBES, seed, device }
    add('index', `Index with ${config.annIndex}`, params, { dataset, tokens: from.tokens, checkpoint: from.checkpoint, docs: from.docs, ranking }, at)
  }
  const encodeDocs = (encoder: EncoderConfig, tokens: string, checkpoint: string, at: number) => add('encode', `Encode documents at ${at}`, { encoder, device }, { tokens, checkpoint }, at)

  /** A model comes with its tokenizer; without one a vocabulary is learnt. */
  const tokenise = (model: ModelLineage | null, vocabSize: number): string => {
    if (!model) return add('tokenise', 'Tokenise', { vocabSize }, { dataset })
    return add('tokenise', 'Tokenise', {}, { dataset, model: add('import-model', 'Import the model', model.import, {}) })
  }
  const startFromModel = (model: ModelLineage): Outcome => {
    const { encoder } = model
    const tokens = tokenise(model, encoder.vocabSize)
    const checkpoint = planModelImport(model.import, hash).key
    const docs = docsFrom === undefined ? encodeDocs(encoder, tokens, checkpoint, 0) : take(docsFrom, `Take over the document embeddings of ${docsFrom}`, { what: 'embeddings', encoder, device }, { tokens, checkpoint }, 0)
    return { encoder, tokens, checkpoint, docs, model }
  }
  /** A teacher's: judged by nobody here, so of no checkpoint. */
  const teacherFromModel = (model: ModelLineage): Outcome => {
    const { encoder } = model
    const tokens = tokenise(model, encoder.vocabSize)
    const checkpoint = planModelImport(model.import, hash).key
    return { encoder, tokens, checkpoint, docs: add('encode', 'Encode documents with the teacher', { encoder, device }, { tokens, checkpoint }), model }
  }

  if (config.method === 'zero-shot') {
    if (!lineage.model) throw new AppError('bad-input', 'A zero-shot run needs an imported model; choose one', { fields: { 'config.start.modelId': 'Choose the model' } })
    const model = startFromModel(lineage.model)
    index(model, judge(model, 0), 0)
    if (config.testQueries === 'last') judge(model, 0, 'test')
    diagnose(model, 0)
    return { steps, outcome: null }
  }

  let before: Outcome | null = null
  let encoder: EncoderConfig
  let tokens: string
  if (lineage.model) {
    before = startFromModel(lineage.model)
    encoder = before.encoder
    tokens = before.tokens
    judge(before, 0)
  } else if (config.method === 'star' || config.method === 'adore') {
    if (docsFrom !== undefined) throw new AppError('bad-input', 'Embeddings are taken over for an imported model only: a run that is started from has its own', { fields: { 'config.docsFrom': 'Only with an imported model' } })
    before = startOutcome(config, lineage.start, hash)
    encoder = before.encoder
    tokens = tokenise(before.model, encoder.vocabSize)
    judge(before, 0)
  } else {
    encoder = config.encoder
    tokens = tokenise(null, encoder.vocabSize)
  }
  let teacher: string | undefined
  if (config.distillation && lineage.teacher?.kind === 'file') {
    if ('negativesFrom' in config && config.negativesFrom !== undefined) throw new AppError('bad-input', 'A file of scores brings its own negatives; leave out the hard negatives of the data set, or choose a model as teacher', { fields: { 'config.negativesFrom': 'The teacher’s file brings its own' } })
    const { file, fingerprint } = lineage.teacher
    teacher = add('teacher-scores', 'Read the teacher’s scores', { from: 'file', file, fingerprint }, { dataset })
    negatives = add('mine', 'Take the negatives that the teacher scored', { split: 'train', mineDepth: config.mineDepth }, { dataset, ranking: teacher, excluded: config.excluded?.key })
  } else if (config.method === 'star' && config.negativesFrom !== undefined) {
    negatives = take(config.negativesFrom, `Take over the hard negatives of ${config.negativesFrom}`, { what: 'negatives', mineDepth: config.mineDepth }, { excluded: config.excluded?.key })
  } else if (config.method === 'star') {
    const ranking = add('retrieve', 'Search the training queries', { encoder, split: 'train', depth: config.mineDepth + 10, device }, { dataset, tokens, checkpoint: before!.checkpoint, docs: before!.docs })
    negatives = add('mine', 'Mine hard negatives', { split: 'train', mineDepth: config.mineDepth }, { dataset, ranking, excluded: config.excluded?.key })
  } else if (config.method === 'bm25-negatives') {
    const ranking = add('bm25-retrieve', 'Search the training queries with BM25', { split: 'train', depth: config.mineDepth + 10, k1: 0.9, b: 0.4 }, { dataset })
    negatives = add('mine', 'Mine BM25 negatives', { split: 'train', mineDepth: config.mineDepth }, { dataset, ranking, excluded: config.excluded?.key })
  }

  if (config.distillation && !teacher) {
    const from = lineage.teacher?.kind === 'model' ? teacherFromModel(lineage.teacher.model) : teacherOutcome(config, lineage.teacher?.kind === 'run' ? lineage.teacher.run : null, hash)
    teacher = add('teacher-scores', 'Score with the teacher', { from: 'model', encoder: from.encoder, mineDepth: config.mineDepth, device }, { dataset, tokens: from.tokens, checkpoint: from.checkpoint, docs: from.docs, negatives })
  }

  if (before) diagnose(before, 0)

  let checkpoint = before?.checkpoint
  let outcome: Outcome | null = null
  let from = 0
  for (const to of checkpointSteps(config.train)) {
    const extra =
      config.method === 'adore'
        ? { topK: config.topK, metricCut: config.metricCut }
        : { negativesPerQuery: config.method === 'in-batch' ? undefined : config.method === 'random' ? 1 : (config.negativesPerQuery ?? 1) }
    const frozenDocs = config.method === 'adore' ? before!.docs : undefined
    const params = { method: config.method, encoder, train: config.train, seed, from, to, device, ...extra, ...(config.distillation && { distillation: settingsOf(config.distillation) }) }
    checkpoint = add('train', `Train to ${to}`, params, { dataset, tokens, checkpoint, negatives, docs: frozenDocs, teacher }, to)
    const docs = frozenDocs ?? encodeDocs(encoder, tokens, checkpoint, to)
    outcome = { encoder, tokens, checkpoint, docs, model: before?.model ?? null }
    const ranking = judge(outcome, to)
    if (to === config.train.steps && config.testQueries === 'last') judge(outcome, to, 'test')
    diagnose(outcome, to)
    if (to === config.train.steps) index(outcome, ranking, to)
    from = to
  }
  return { steps, outcome }
}

/** What is not there or none is left out, so that the keys of older runs stay what they were. */
function analysis({ stemmer, stopWords }: { stemmer?: Stemmer; stopWords?: StopWords }): { stemmer?: Stemmer; stopWords?: StopWords } {
  return { ...(stemmer === 'porter2' && { stemmer }), ...(stopWords === 'english' && { stopWords }) }
}

/** Without the teacher, which is an input, and with the fields in one order. */
function settingsOf({ loss, temperature, weight, labelWeight }: Distillation): DistillationSettings {
  return { loss, temperature, weight, labelWeight }
}

function startOutcome(config: RunConfig, start: Lineage | null, hash: Hash): Outcome {
  if (!start) throw new AppError('bad-input', `${config.method} needs a run to start from; choose one, or an imported model`, { fields: { 'config.start.runId': 'Choose the run to start from' } })
  const wrong = (why: string) => new AppError('bad-input', why, { fields: { 'config.start.runId': why } })
  if (start.config.datasetId !== config.datasetId) throw wrong('The start run was trained on another data set; choose one on the same data set')
  if (!('train' in start.config)) throw wrong(start.config.method === 'zero-shot' ? 'A zero-shot run has no weights of its own; start from its model' : `${start.config.method === 'bm25' ? 'BM25' : 'A run without training'} has no weights to start from; choose a trained run`)
  if (start.config.method === 'adore' && config.method === 'star') throw wrong('ADORE moves only the query encoder, STAR needs both; choose an in-batch, random, BM25-negatives or STAR run')
  return plan(start, hash).outcome!
}

function teacherOutcome(config: RunConfig, teacher: Lineage | null, hash: Hash): Outcome {
  const wrong = (why: string) => new AppError('bad-input', why, { fields: { 'config.distillation.teacher.runId': why } })
  if (!teacher) throw wrong('Choose the teacher: a trained run, an imported model or a file of scores')
  if (teacher.config.datasetId !== config.datasetId) throw wrong('The teacher was trained on another data set; choose one on the same data set, or export and import it as a model')
  const { outcome } = plan(teacher, hash)
  if (!outcome) throw wrong(teacher.config.method === 'zero-shot' ? 'A zero-shot run has no weights of its own; take its model as teacher' : 'A run without training has no encoder that could score; choose a trained run, a model, or a file of scores')
  return outcome
}
