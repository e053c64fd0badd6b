// Turns a run's configuration into its steps: a pure function, so the form can preview it and tests can pin it.
// Every step has a key, the hash of what its artifact depends on (kind, code version, parameters, input keys).
// Equal keys are the same artifact: work that any run has published is reused, never repeated.
import type { Distillation, DistillationSettings } from './distillation'
import { AppError } from './errors'
import { MODEL_FORMAT_TITLES, type ModelFormat } from './model'
import { IMPORT_MODEL, Planner, type ModelLineage, type Outcome } from './planner'
import type { EncoderConfig, RunConfig, Stemmer, StopWords, TrainConfig, TrainedConfig } from './run'
import { makeStep, type Hash, type StepInputs, type StepParams, type StepPlan, type TeacherFileState, type WantedDevice } from './step'

export type { ModelLineage } from './planner'

/** A data set's import: its parameters decide the key of everything made from it. */
export type ImportParams = StepParams['import']

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

/** Ends of the training segments: the optimizer steps at which a checkpoint is published. */
export function checkpointSteps(train: Pick<TrainConfig, 'steps' | 'checkpoints'>): number[] {
  const count = Math.min(train.checkpoints, train.steps)
  return Array.from({ length: count }, (_, i) => Math.round((train.steps * (i + 1)) / count))
}

/** The import step of a model. */
export function planModelImport(params: StepParams['import-model'], hash: Hash): StepPlan {
  return makeStep(hash, 'import-model', IMPORT_MODEL, params, {})
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

function plan({ config, import: source, start, model, teacher }: Lineage, hash: Hash): { steps: StepPlan[]; outcome: Outcome | null } {
  const p = new Planner(hash, source)
  const ended = (outcome: Outcome | null) => ({ steps: p.steps, outcome })
  switch (config.method) {
    case 'bm25':
      return ended(planBm25(p, config))
    case 'external':
    case 'fusion':
      return ended(planGivenRanking(p, config))
    case 'zero-shot':
      return ended(planZeroShot(p, config, model ?? null))
    default:
      return ended(planTraining(p, config, { start, model: model ?? null, teacher: teacher ?? null, hash }))
  }
}

type ConfigOf<M extends RunConfig['method']> = Extract<RunConfig, { method: M }>

function planBm25(p: Planner, config: ConfigOf<'bm25'>): null {
  const { dataset } = p
  const { depth, k1, b } = config
  const ranking = p.add('bm25-retrieve', 'Retrieve with BM25', { split: 'dev', depth, k1, b, ...analysis(config) }, { dataset })
  p.add('evaluate', 'Evaluate', { split: 'dev' }, { dataset, ranking }, 0)
  if (config.testQueries === 'last') {
    const tested = p.add('bm25-retrieve', 'Retrieve the test queries with BM25', { split: 'test', depth, k1, b, ...analysis(config) }, { dataset })
    p.add('evaluate', 'Evaluate on test', { split: 'test' }, { dataset, ranking: tested }, 0)
  }
  return null
}

function planGivenRanking(p: Planner, config: ConfigOf<'external' | 'fusion'>): null {
  const { dataset } = p
  const { depth } = config
  const taken = (name: string, split: 'dev' | 'test') => p.take(name, `Take over the ${split} ranking of ${name}`, { what: 'ranking', split, depth })
  const external = ({ rankingKey, rankingFrom }: ConfigOf<'external'>): string => {
    if (rankingFrom !== undefined) return taken(rankingFrom, 'dev')
    if (rankingKey === undefined) throw new AppError('bad-input', 'An external run needs a ranking; upload a run file')
    return rankingKey
  }
  const fused = ({ fusion, normalisation, k, sources }: ConfigOf<'fusion'>) => p.add('fuse', 'Fuse the rankings', { fusion, normalisation, k, depth }, Object.fromEntries(sources.map((source, i) => [`ranking-${i}`, source.rankingKey])))
  p.add('evaluate', 'Evaluate', { split: 'dev' }, { dataset, ranking: config.method === 'external' ? external(config) : fused(config) }, 0)
  if (config.method === 'external' && config.testQueries === 'last') {
    if (config.rankingFrom === undefined) throw new AppError('bad-input', 'An uploaded run file holds dev queries only; leave the test queries unjudged, or upload them as a run file for `drhard eval`', { fields: { 'config.testQueries': 'Only for rankings of a DRhard folder' } })
    p.add('evaluate', 'Evaluate on test', { split: 'test' }, { dataset, ranking: taken(config.rankingFrom, 'test') }, 0)
  }
  return null
}

const wantedDevice = ({ device }: { device: RunConfigDevice }): WantedDevice | undefined => (device === 'auto' ? undefined : device)
type RunConfigDevice = ConfigOf<'zero-shot'>['device']

function planZeroShot(p: Planner, config: ConfigOf<'zero-shot'>, imported: ModelLineage | null): null {
  if (!imported) throw new AppError('bad-input', 'A zero-shot run needs an imported model; choose one', { fields: { 'config.start.modelId': 'Choose the model' } })
  const device = wantedDevice(config)
  const model = startFromModel(p, imported, config.docsFrom, device)
  p.index(config, model, p.judge(config, model, 0, { device }), 0, device)
  if (config.testQueries === 'last') p.judge(config, model, 0, { device, split: 'test' })
  p.diagnose(config, model, 0, { device })
  return null
}

function startFromModel(p: Planner, model: ModelLineage, docsFrom: string | undefined, device: WantedDevice | undefined): Outcome {
  const { encoder } = model
  return p.withModel(model, (tokens, checkpoint) =>
    docsFrom === undefined ? encodeDocs(p, { encoder, tokens, checkpoint, device }, 0) : p.take(docsFrom, `Take over the document embeddings of ${docsFrom}`, { what: 'embeddings', encoder, device }, { tokens, checkpoint }, 0),
  )
}

const encodeDocs = (p: Planner, { encoder, tokens, checkpoint, device }: { encoder: EncoderConfig; tokens: string; checkpoint: string; device?: WantedDevice }, at: number) => p.add('encode', `Encode documents at ${at}`, { encoder, device }, { tokens, checkpoint }, at)

interface Ancestors {
  start: Lineage | null
  model: ModelLineage | null
  teacher: TeacherLineage | null
  hash: Hash
}

function planTraining(p: Planner, config: TrainedConfig, { start, model, teacher: taughtBy, hash }: Ancestors): Outcome {
  const { dataset } = p
  const device = wantedDevice(config)
  const before = whereTrainingBegins(p, config, { start, model, hash })
  const encoder = before ? before.encoder : (config as ConfigOf<'in-batch'>).encoder
  const tokens = p.tokenise(before?.model ?? null, encoder.vocabSize)
  if (before) p.judge(config, before, 0, { device })

  let teacher: string | undefined
  let negatives: string | undefined
  if (config.distillation && taughtBy?.kind === 'file') {
    if ('negativesFrom' in config && config.negativesFrom !== undefined) throw new AppError('bad-input', 'A file of scores brings its own negatives; leave out the hard negatives of the data set, or choose a model as teacher', { fields: { 'config.negativesFrom': 'The teacher’s file brings its own' } })
    const { file, fingerprint } = taughtBy
    teacher = p.add('teacher-scores', 'Read the teacher’s scores', { from: 'file', file, fingerprint }, { dataset })
    negatives = p.add('mine', 'Take the negatives that the teacher scored', { split: 'train', mineDepth: config.mineDepth }, { dataset, ranking: teacher, excluded: config.excluded?.key })
  } else negatives = mineNegatives(p, config, before, device)
  if (config.distillation && !teacher) {
    const from = taughtBy?.kind === 'model' ? teacherFromModel(p, taughtBy.model, device) : teacherOutcome(config, taughtBy?.kind === 'run' ? taughtBy.run : null, hash)
    teacher = p.add('teacher-scores', 'Score with the teacher', { from: 'model', encoder: from.encoder, mineDepth: config.mineDepth, device }, { dataset, tokens: from.tokens, checkpoint: from.checkpoint, docs: from.docs, negatives })
  }
  if (before) p.diagnose(config, before, 0, { device, negatives })

  const ofMethod = config.method === 'adore' ? { topK: config.topK, metricCut: config.metricCut } : { negativesPerQuery: negativesPerQuery(config) }
  const frozenDocs = config.method === 'adore' ? before!.docs : undefined
  let outcome: Outcome | null = null
  let from = 0
  for (const to of checkpointSteps(config.train)) {
    const params = { method: config.method, encoder, train: trainingOf(config.train), seed: config.seed, from, to, device, ...ofMethod, ...(config.distillation && { distillation: settingsOf(config.distillation) }) }
    const checkpoint: string = p.add('train', `Train to ${to}`, params, { dataset, tokens, checkpoint: outcome?.checkpoint ?? before?.checkpoint, negatives, docs: frozenDocs, teacher }, to)
    outcome = { encoder, tokens, checkpoint, docs: frozenDocs ?? encodeDocs(p, { encoder, tokens, checkpoint, device }, to), model: before?.model ?? null }
    const ranking = p.judge(config, outcome, to, { device })
    const isLast = to === config.train.steps
    if (isLast && config.testQueries === 'last') p.judge(config, outcome, to, { device, split: 'test' })
    p.diagnose(config, outcome, to, { device, negatives })
    if (isLast) p.index(config, outcome, ranking, to, device)
    from = to
  }
  return outcome!
}

/** What decides a training step. Single precision is left out, so that runs from before there was a choice share their steps with later ones. */
const trainingOf = ({ precision, ...train }: TrainConfig) => (precision === 'half' ? { ...train, precision } : train)

/** The checkpoint that training goes on from; null: random weights. */
function whereTrainingBegins(p: Planner, config: TrainedConfig, { start, model, hash }: Omit<Ancestors, 'teacher'>): Outcome | null {
  const docsFrom = 'docsFrom' in config ? config.docsFrom : undefined
  if (model) return startFromModel(p, model, docsFrom, wantedDevice(config))
  if (config.method !== 'star' && config.method !== 'adore') return null
  if (docsFrom !== undefined) throw new AppError('bad-input', 'Embeddings are taken over for an imported model only: a run that is started from has its own', { fields: { 'config.docsFrom': 'Only with an imported model' } })
  return startOutcome(config, start, hash)
}

/** The static negatives of a method that has some. */
function mineNegatives(p: Planner, config: TrainedConfig, before: Outcome | null, device: WantedDevice | undefined): string | undefined {
  const { dataset } = p
  const mine = (label: string, { mineDepth, excluded }: ConfigOf<'star' | 'bm25-negatives'>, ranking: string) => p.add('mine', label, { split: 'train', mineDepth }, { dataset, ranking, excluded: excluded?.key })
  if (config.method === 'star' && config.negativesFrom !== undefined) return p.take(config.negativesFrom, `Take over the hard negatives of ${config.negativesFrom}`, { what: 'negatives', mineDepth: config.mineDepth }, { excluded: config.excluded?.key })
  if (config.method === 'star') {
    const { encoder, tokens, checkpoint, docs } = before!
    return mine('Mine hard negatives', config, p.add('retrieve', 'Search the training queries', { encoder, split: 'train', depth: config.mineDepth + 10, device }, { dataset, tokens, checkpoint, docs }))
  }
  if (config.method === 'bm25-negatives') return mine('Mine BM25 negatives', config, p.add('bm25-retrieve', 'Search the training queries with BM25', { split: 'train', depth: config.mineDepth + 10, k1: 0.9, b: 0.4 }, { dataset }))
  return undefined
}

/** Negatives drawn for each query of a batch; undefined where its other positives are all. */
function negativesPerQuery(config: TrainedConfig): number | undefined {
  if (config.method === 'in-batch') return undefined
  return 'negativesPerQuery' in config ? (config.negativesPerQuery ?? 1) : 1
}

/** A teacher's: judged by nobody here, so of no checkpoint. */
function teacherFromModel(p: Planner, model: ModelLineage, device: WantedDevice | undefined): Outcome {
  return p.withModel(model, (tokens, checkpoint) => p.add('encode', 'Encode documents with the teacher', { encoder: model.encoder, device }, { tokens, checkpoint }))
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
