// Decides the page of the paper: which of our runs stands beside each published model, whether its values agree, and why they may not.
import type { DatasetCounts } from '@/contract/dataset'
import { DistillationLoss } from '@/contract/distillation'
import { type PaperCollection, type PaperMeasure, type PaperModel, PAPER_CLAIMS, PAPER_COUNTS, PAPER_MEASURES, PAPER_MODELS } from '@/contract/paper'
import { isTrained, RunConfig, startOf } from '@/contract/run'
import { formatFilters, type RunRow } from '@/contract/run-table'
import { formatCount, formatDifference } from '@/components/format'
import { CONFIG_FIELDS, formatValue, paperValue } from '@/components/runs/config-fields'
import { valueAt } from '@/contract/run'

/** Differences of other seeds and library versions stay below this; the paper's own reruns differ by as much. */
export const TOLERANCE = 0.005

/** agrees: within the tolerance, or the published value lies in our 95 % interval. other: not the same queries or documents, so nothing can be said. */
export type PaperVerdict = 'agrees' | 'above' | 'below' | 'other' | 'none'

export interface PaperCell {
  measure: PaperMeasure
  published: number
  ours: number | null
  /** Name of what `ours` is, where it is the stand-in. */
  standIn: string | null
  interval: [number, number] | null
  verdict: PaperVerdict
}

export interface PaperRow {
  model: PaperModel
  run: RunRow | null
  cells: PaperCell[]
}

/** The filter of the runs on a data set that can stand beside a model: succeeded and judged, of its method and with its kind of start, without a teacher. */
export function filterOf({ method, startMethod }: PaperModel, datasetId: string): string {
  const equals: [string, string][] = [['config.datasetId', datasetId], ['state', 'succeeded'], ['method', method], ...(startMethod === null ? [] : [['startmethod', startMethod] as [string, string]])]
  const untaught = DistillationLoss.options.map((loss) => ({ column: 'config.distillation.loss', op: '!=' as const, value: loss }))
  return formatFilters([...equals.map(([column, value]) => ({ column, op: '=' as const, value })), ...untaught, { column: 'step', op: '>', value: '0' }])
}

/** `runs`: newest first; the first of a model's method and kind of start stands beside it. The paper's models had no teacher. */
export function preparePaper(collection: PaperCollection, runs: RunRow[], isSameData: boolean): PaperRow[] {
  return PAPER_MODELS.map((model) => {
    const run = runs.find((each) => each.method === model.method && each.evaluation && each.config.distillation === undefined && (model.startMethod === null || each.startMethod === model.startMethod)) ?? null
    const cells = PAPER_MEASURES[collection].map((measure, i): PaperCell => {
      const published = model.published[collection][i]
      const judged = measure.queries === 'dev' ? run?.evaluation : run?.tests.at(-1)
      const { measures = {}, intervals = {} } = judged ?? {}
      const own = measures[measure.id]
      const name = own === undefined && measure.standIn !== undefined && measures[measure.standIn] !== undefined ? measure.standIn : measure.id
      const ours = measures[name] ?? null
      const interval = intervals[name] ?? null
      return { measure, published, ours, standIn: name === measure.id ? null : name, interval, verdict: verdictOf(ours, published, interval, isSameData && (measure.queries === 'dev' ? judged?.split === 'dev' : judged?.n === DL19_QUERIES)) }
    })
    return { model, run, cells }
  })
}

/** Queries of TREC DL 2019 with judgements. */
const DL19_QUERIES = 43

function verdictOf(ours: number | null, published: number, interval: [number, number] | null, comparable: boolean): PaperVerdict {
  if (ours === null) return 'none'
  if (!comparable) return 'other'
  // Published values have three places.
  if (Math.abs(ours - published) <= TOLERANCE + 1e-9 || (interval && interval[0] <= published && published <= interval[1])) return 'agrees'
  return ours > published ? 'above' : 'below'
}

/** Whether a data set is the collection of the paper, by its counts. */
export const isPaperData = (collection: PaperCollection, counts: DatasetCounts | null) => counts !== null && counts.docs === PAPER_COUNTS[collection].docs && counts.queries.dev === PAPER_COUNTS[collection].dev

export interface PaperClaim {
  text: string
  /** Of the better over the worse by the first measure, in the paper and here; null where one of the two was not run. */
  published: number
  ours: number | null
  holds: boolean | null
  /** The two runs, the worse first, for the comparison with statistics. */
  runIds: [string, string] | null
}

/** Which of the paper's claims hold for these runs. */
export function prepareClaims(rows: PaperRow[]): PaperClaim[] {
  const rowOf = (id: string) => rows.find(({ model }) => model.id === id)!
  return PAPER_CLAIMS.map(({ better, worse, text }) => {
    const [a, b] = [rowOf(better), rowOf(worse)]
    const [x, y] = [a.cells[0].ours, b.cells[0].ours]
    const ours = x === null || y === null ? null : x - y
    return { text, published: a.cells[0].published - b.cells[0].published, ours, holds: ours === null ? null : ours > 0, runIds: a.run && b.run ? [b.run.id, a.run.id] : null }
  })
}

export interface Reason {
  title: string
  detail: string
  /** How much of a difference it can explain, from experience with such models; the list is in this order. */
  weight: number
}

const PAPER_EXAMPLES: Partial<Record<string, number>> = { star: 50_000 * 64 }

/** Why a run's values may differ from the published ones, what explains most first. */
export function reasonsFor(model: PaperModel, run: RunRow, collection: PaperCollection, counts: DatasetCounts | null): Reason[] {
  const reasons: Reason[] = []
  const expected = PAPER_COUNTS[collection]
  if (counts && counts.docs !== expected.docs) reasons.push({ weight: 100, title: 'Another collection', detail: `${formatCount(counts.docs)} documents; the paper’s has ${formatCount(expected.docs)}. Values on different collections cannot be compared.` })
  const n = run.evaluation?.n
  if (n !== undefined && n !== expected.dev) reasons.push({ weight: 90, title: 'Other queries', detail: `Judged on ${formatCount(n)} ${run.evaluation!.split} queries; the paper on ${formatCount(expected.dev)}.` })
  const parsed = RunConfig.safeParse(run.config)
  if (!parsed.success || !isTrained(parsed.data)) return reasons
  const config = parsed.data
  if ('encoder' in config && config.start?.kind !== 'model') {
    const { layers, hidden } = config.encoder
    reasons.push({ weight: 80, title: 'No pre-trained encoder', detail: `Random weights, ${layers} layer${layers === 1 ? '' : 's'} of ${hidden}; the paper starts from RoBERTa-base, 12 layers of 768. Import it and start from it.` })
  }
  const start = startOf(config)
  if (start?.kind === 'run' && model.method === 'star' && run.startRunName !== null) reasons.push({ weight: 60, title: 'Another warm-up', detail: `Starts from ${run.startRunName}; the paper’s STAR starts from a model trained with BM25 negatives.` })
  const examples = config.train.steps * config.train.batchSize * config.train.accumulation
  const published = PAPER_EXAMPLES[model.method]
  if (published !== undefined && examples < published / 2) reasons.push({ weight: 70, title: 'Less training', detail: `${formatCount(examples)} queries seen; the paper’s about ${formatCount(published)}.` })
  const differing = CONFIG_FIELDS.flatMap((field) => {
    const value = valueAt(config, field.path)
    const paper = paperValue(field, config.method)
    // Only plain values can be held against each other.
    if (value === undefined || paper === null || !/^[−-]?[\d,.e-]+$|^(linear|first token|AdamW|LAMB|one for both sides)/.test(paper)) return []
    const own = formatValue(field, value)
    const same = typeof value === 'number' ? value === Number(paper.replaceAll(',', '').replace('−', '-')) : own.startsWith(paper) || paper.startsWith(own)
    return same ? [] : [`${field.label} ${own}, paper ${paper}`]
  })
  if (differing.length > 0) reasons.push({ weight: 50, title: `${differing.length} setting${differing.length === 1 ? '' : 's'} other than the paper’s`, detail: `${differing.join('; ')}.` })
  const first = run.evaluation?.intervals?.[PAPER_MEASURES[collection][0].id]
  if (first) reasons.push({ weight: 10, title: 'Chance', detail: `One seed; over the queries alone ${PAPER_MEASURES[collection][0].id} is uncertain by ${formatDifference((first[1] - first[0]) / 2).slice(1)}. Run more seeds.` })
  return reasons.sort((a, b) => b.weight - a.weight)
}
