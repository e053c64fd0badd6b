// Decides what the Paper page shows: which run stands for which of the paper's models, how far it is off, which claims hold here, and why
// numbers may differ, most likely reason first.
import { PAPER_CLAIMS, PAPER_COLUMNS, PAPER_DATA, PAPER_MODELS, PAPER_SETTINGS, PAPER_TOLERANCE, type PaperCollection, type PaperColumn, type PaperModel } from '@/contract/paper'
import type { DatasetSummary } from '@/contract/dataset'
import { METHOD_TITLES, startOf, type EvaluationSummary, type RunSummary } from '@/contract/run'
import type { Ancestry } from '@/components/runs/prepare-plan'
import { CONFIG_FIELDS, formatValue, valueAt } from '@/components/runs/config-fields'
import { formatCount } from '@/components/format'

export type Verdict = 'reproduced' | 'below' | 'above' | 'not comparable' | 'not judged' | 'not run'

export interface PaperCell extends PaperColumn {
  published: number
  ours: number | null
  n: number | null
  difference: number | null
  verdict: Verdict
}

export interface PaperRow {
  model: PaperModel
  run: RunSummary | null
  /** Runs of this model on the data set besides `run`. */
  others: number
  cells: PaperCell[]
}

/** MS MARCO's documents are told from its passages by how the data set was imported, or by their number. */
export function collectionOf(dataset: Pick<DatasetSummary, 'source' | 'counts'>): PaperCollection {
  const kind = dataset.source.kind === 'url' ? dataset.source.format : dataset.source.kind
  return kind === 'msmarco-doc' || dataset.counts?.docs === PAPER_DATA.document.docs ? 'document' : 'passage'
}

/** Whether values on this data set can be held against the paper's: the same documents and dev queries. */
export function isComparable(dataset: Pick<DatasetSummary, 'counts'>, collection: PaperCollection): boolean {
  const { docs, devQueries } = PAPER_DATA[collection]
  return dataset.counts?.docs === docs && dataset.counts.queries.dev === devQueries
}

/** A row for each of the paper's models, with the newest finished run that is one. */
export function preparePaper(dataset: DatasetSummary, runs: readonly RunSummary[], collection: PaperCollection): PaperRow[] {
  const here = runs.filter((run) => run.datasetId === dataset.id)
  const methodOf = new Map(runs.map((run) => [run.id, run.method]))
  const comparable = isComparable(dataset, collection)
  return PAPER_MODELS.map((model) => {
    const matching = here.filter((run) => run.method === model.method && (model.start === null || methodOf.get(run.startRunId ?? '') === model.start))
    const run = matching.find(({ state }) => state === 'succeeded') ?? matching[0] ?? null
    const cells = PAPER_COLUMNS[collection].map((column, i): PaperCell => {
      const published = model.published[collection][i]
      const judged = run ? lastJudged(run.evaluations, column) : null
      const difference = judged ? judged.value - published : null
      return { ...column, published, ours: judged?.value ?? null, n: judged?.n ?? null, difference, verdict: verdictOf({ run, difference, comparable }) }
    })
    return { model, run, others: Math.max(0, matching.length - 1), cells }
  })
}

/** The value of the last checkpoint that was judged on the column's split. */
function lastJudged(evaluations: readonly EvaluationSummary[], { measure, split }: PaperColumn): { value: number; n: number } | null {
  const judged = evaluations.findLast((e) => e.split === split && e.measures[measure] !== undefined)
  return judged ? { value: judged.measures[measure], n: judged.n } : null
}

function verdictOf({ run, difference, comparable }: { run: RunSummary | null; difference: number | null; comparable: boolean }): Verdict {
  if (!run) return 'not run'
  if (difference === null) return 'not judged'
  if (!comparable) return 'not comparable'
  if (Math.abs(difference) <= PAPER_TOLERANCE) return 'reproduced'
  return difference < 0 ? 'below' : 'above'
}

export interface PaperClaim {
  text: string
  /** Of the better over the worse, in the paper and here; null where one of the two is not there. */
  published: number
  ours: number | null
  /** Null where it cannot be said. */
  holds: boolean | null
  /** The two runs, for the comparison with statistics. */
  runIds: [string, string] | null
}

/** The paper's claims on its first measure. */
export function prepareClaims(rows: readonly PaperRow[]): PaperClaim[] {
  const rowOf = (id: string) => rows.find(({ model }) => model.id === id)!
  return PAPER_CLAIMS.map(({ better, worse, text }) => {
    const [a, b] = [rowOf(better), rowOf(worse)]
    const [x, y] = [a.cells[0].ours, b.cells[0].ours]
    const ours = x === null || y === null ? null : x - y
    return { text, published: a.cells[0].published - b.cells[0].published, ours, holds: ours === null ? null : ours > 0, runIds: a.run && b.run ? [b.run.id, a.run.id] : null }
  })
}

export interface Reason {
  text: string
  /** How much it is likely to matter: 4 decides everything, 1 little. */
  weight: 1 | 2 | 3 | 4
}

/** Why a run's values may differ from the paper's, most likely first. `ancestry`: the run and those it goes back to. */
export function prepareReasons(dataset: DatasetSummary, collection: PaperCollection, run: RunSummary, ancestry: Ancestry): Reason[] {
  const reasons: Reason[] = []
  const data = PAPER_DATA[collection]
  const { counts } = dataset
  if (counts && counts.docs !== data.docs) reasons.push({ weight: 4, text: `${dataset.name} has ${formatCount(counts.docs)} documents; the paper’s ${data.title} are ${formatCount(data.docs)}` })
  if (counts && counts.queries.dev !== data.devQueries) reasons.push({ weight: 4, text: `Means are over ${formatCount(counts.queries.dev)} dev queries, the paper’s over ${formatCount(data.devQueries)}` })
  const origin = ancestry.at(-1)
  if (origin && !ancestry.some(({ config }) => startOf(config)?.kind === 'model')) reasons.push({ weight: 3, text: `It goes back to ${origin.name}, which began with random weights; the paper began with roberta-base` })
  for (const { path, value, weight, methods } of PAPER_SETTINGS) {
    if (methods && !methods.includes(run.method)) continue
    const owner = ancestry.find(({ config }) => valueAt(config, path) !== undefined)
    const ours = owner && valueAt(owner.config, path)
    if (ours === undefined || ours === value) continue
    const field = CONFIG_FIELDS.find((candidate) => candidate.path === path)!
    reasons.push({ weight, text: `${field.label}: ${formatValue(field, ours)} here, ${formatValue(field, value)} in the paper${owner === ancestry[0] ? '' : ` (set by ${owner!.name})`}` })
  }
  const warm = ancestry[1]
  if (run.method === 'star' && warm && warm.config.method !== 'bm25-negatives') reasons.push({ weight: 2, text: `Its negatives were mined with ${warm.name} (${METHOD_TITLES[warm.config.method]}); the paper’s with a model of BM25 negatives` })
  return reasons.toSorted((a, b) => b.weight - a.weight)
}
