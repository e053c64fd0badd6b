// The parts that plans are put together from: the steps that encode, search, judge and diagnose a checkpoint. Called by pipeline.ts.
import { AppError } from './errors'
import type { EncoderConfig, RunConfig, StepKind } from './run'
import { makeStep, type GivenKind, type Hash, type StepInputs, type StepParams, type StepPlan, type WantedDevice } from './step'

/** Inverted lists searched by IVF indexes. */
const PROBES = 8
/** The paper mines, trains and cuts its losses at 200. */
const DIAGNOSED_TOP = 200
/** Enough for a share to two places. */
const DIAGNOSED_TRAIN_QUERIES = 500

/** A model's import and the shape that it turned out to have. */
export interface ModelLineage {
  import: StepParams['import-model']
  encoder: EncoderConfig
}

/** Label of the step that imports a model. */
export const IMPORT_MODEL = 'Import the model'

/** A checkpoint to search with, by the keys of its artifacts: what later runs take from a trained run. */
export interface Outcome {
  encoder: EncoderConfig
  tokens: string
  checkpoint: string
  docs: string
  /** The model that the first of the runs started from; its tokenizer is that of all. */
  model: ModelLineage | null
}

/** Configurations that search with an encoder. */
export type DenseConfig = Exclude<RunConfig, { method: 'bm25' | 'external' | 'fusion' }>

/** Collects the steps of one run. Every method that adds one answers with the key of its artifact. */
export class Planner {
  readonly steps: StepPlan[] = []
  readonly dataset: string

  constructor(
    private readonly hash: Hash,
    private readonly source: StepParams['import'],
  ) {
    this.dataset = this.add('import', 'Import', source, {})
  }

  add<K extends StepKind>(kind: K, label: string, params: StepParams[K], inputs: StepInputs[K], checkpointStep: number | null = null): string {
    const step = makeStep(this.hash, kind, label, params, inputs, checkpointStep)
    // a teacher may be the very model that the run starts from
    if (!this.steps.some(({ key }) => key === step.key)) this.steps.push(step)
    return step.key
  }

  /** Takes over a result that a data set of a DRhard folder came with. */
  take(name: string, label: string, kind: GivenKind, inputs: Omit<StepInputs['take'], 'dataset'> = {}, at: number | null = null): string {
    const { source, fingerprint } = this.source
    if (source.kind !== 'drhard') throw new AppError('bad-input', `${name} is to be taken over, which only data sets of a DRhard folder come with; import that folder`)
    return this.add('take', label, { folder: source.folder, fingerprint, name, ...kind }, { dataset: this.dataset, ...inputs }, at)
  }

  /** A model comes with its tokenizer; without one a vocabulary is learnt. */
  tokenise(model: ModelLineage | null, vocabSize: number): string {
    const { dataset } = this
    if (!model) return this.add('tokenise', 'Tokenise', { vocabSize }, { dataset })
    return this.add('tokenise', 'Tokenise', {}, { dataset, model: this.importModel(model) })
  }

  private importModel(model: ModelLineage): string {
    return this.add('import-model', IMPORT_MODEL, model.import, {})
  }

  /** An imported model with the collection's embeddings, which `docsOf` orders. */
  withModel(model: ModelLineage, docsOf: (tokens: string, checkpoint: string) => string): Outcome {
    const { encoder } = model
    const tokens = this.tokenise(model, encoder.vocabSize)
    const checkpoint = this.importModel(model)
    return { encoder, tokens, checkpoint, docs: docsOf(tokens, checkpoint), model }
  }

  /** Searches a split's queries and judges them. Answers with the ranking. */
  judge({ depth }: DenseConfig, { encoder, tokens, checkpoint, docs }: Outcome, at: number, { device, split = 'dev' }: { device?: WantedDevice; split?: 'dev' | 'test' }): string {
    const queries = split === 'test' ? ' on test' : ''
    const { dataset } = this
    const ranking = this.add('retrieve', `Search${queries} at ${at}`, { encoder, split, depth, device }, { dataset, tokens, checkpoint, docs }, at)
    this.add('evaluate', `Evaluate${queries} at ${at}`, { split }, { dataset, ranking }, at)
    return ranking
  }

  diagnose({ diagnosis, seed }: DenseConfig, { encoder, tokens, checkpoint, docs }: Outcome, at: number, { device, negatives }: { device?: WantedDevice; negatives?: string }): void {
    if (diagnosis !== 'checkpoints') return
    const params = { encoder, split: 'dev' as const, topK: DIAGNOSED_TOP, trainQueries: DIAGNOSED_TRAIN_QUERIES, seed, device }
    this.add('diagnose', `Diagnose at ${at}`, params, { dataset: this.dataset, tokens, checkpoint, docs, negatives }, at)
  }

  index({ annIndex, seed }: DenseConfig, { encoder, tokens, checkpoint, docs }: Outcome, ranking: string, at: number, device?: WantedDevice): void {
    if (!annIndex || annIndex === 'none') return
    this.add('index', `Index with ${annIndex}`, { encoder, split: 'dev', factory: annIndex, probes: PROBES, seed, device }, { dataset: this.dataset, tokens, checkpoint, docs, ranking }, at)
  }
}
