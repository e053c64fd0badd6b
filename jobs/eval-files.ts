// `drhard eval`: the measures of run files against judgements, from files alone. Called by jobs/cli.ts.
import path from 'node:path'
import type { Comparison, Correction } from '@/contract/compare'
import { MEASURES, parseMeasures } from '@/contract/measure'
import type { Qrels } from '@/server/dataset/qrels'
import { checkBelongTogether, evaluateRanking, type Average } from '@/server/eval/evaluate'
import { perQueryOf } from '@/server/eval/per-query'
import { compareToBaseline } from '@/server/eval/significance'
import { readQrelsFile } from '@/server/ranking/qrels-file'
import { placeOf, type Ranking } from '@/server/ranking/ranking'
import { newFileIds, readRunFile, type FileIds } from '@/server/ranking/run-file'
import { REPORTS, type JudgedRun, type ReportFormat } from './eval-report'

export interface EvalOptions {
  qrels: string
  runs: string[]
  /** Names of measures; by default the charted ones. */
  measures?: string
  average: Average
  /** Relevance level of measures that name none. */
  level: number
  depth?: number
  perQuery: boolean
  stats: boolean
  correction: Correction
  permutations: number
  seed: number
  format: ReportFormat
}

/** Prints the report to standard output and what was noticed to standard error. */
export async function evalFiles(options: EvalOptions): Promise<void> {
  const { runs, comparison } = await judgeFiles(options)
  process.stdout.write(`${REPORTS[options.format]({ runs, comparison, perQuery: options.perQuery }).join('\n')}\n`)
  for (const { name, notes } of runs) for (const note of notes) console.error(runs.length > 1 ? `${name}: ${note}` : note)
}

/** Reads and judges; what is not given has its default. */
export async function judgeFiles({ qrels: qrelsFile, runs: files, measures: names, average = 'relevant', level, depth, ...stats }: Pick<EvalOptions, 'qrels' | 'runs'> & Partial<EvalOptions>): Promise<{ runs: JudgedRun[]; comparison: Comparison | null }> {
  const measures = parseMeasures(names ?? MEASURES.join(), { level })
  const ids = newFileIds()
  const qrels = await readQrelsFile(qrelsFile, ids)
  const queryRows = Int32Array.from({ length: qrels.queryCount }, (_, row) => row)
  const runs: JudgedRun[] = []
  for (const file of files) {
    const { name, ranking, warnings } = await readRunFile(file, { ids })
    checkBelongTogether(ranking, qrels, { runFile: path.basename(file), firstQueryId: ids.queryIds.idOf(ranking.queryRows[0]) })
    const evaluation = evaluateRanking(ranking, qrels, queryRows, { measures, average, depth })
    const taken = runs.some((run) => run.name === name)
    runs.push({ name: taken ? path.basename(file) : name, file, evaluation, queryIds: Array.from(evaluation.queryRows, (row) => ids.queryIds.idOf(row)), notes: [...warnings, countNote(evaluation, { average, firstOf: firstQueries(ranking, qrels, ids) })] })
  }
  const [baseline, ...others] = runs.map(({ name, evaluation }) => ({ name, ...perQueryOf(evaluation) }))
  const comparison = stats.stats ? compareToBaseline(baseline, others, { seed: 1, ...stats, measures: runs[0].evaluation.results.map((r) => r.id) }) : null
  return { runs, comparison }
}

type Odd = 'missing' | 'withoutRelevant' | 'unjudged'

/** Of each kind of query that a mean leaves out or counts as 0, the first as `, the first "q7"`. */
function firstQueries(ranking: Ranking, qrels: Qrels, { queryIds }: FileIds): (kind: Odd) => string {
  const isJudged = (row: number) => row < qrels.queryCount && qrels.offsets[row + 1] > qrels.offsets[row]
  const judged = Array.from({ length: qrels.queryCount }, (_, row) => row).filter(isJudged)
  const found: Record<Odd, () => number | undefined> = {
    missing: () => judged.find((row) => qrels.relevantCount(row) > 0 && placeOf(ranking.queryRows, row) < 0),
    withoutRelevant: () => judged.find((row) => qrels.relevantCount(row) === 0),
    unjudged: () => ranking.queryRows.find((row) => !isJudged(row)),
  }
  return (kind) => `, the first "${queryIds.idOf(found[kind]()!)}"`
}

function countNote({ results, missing, withoutRelevant, unjudged }: JudgedRun['evaluation'], { average, firstOf }: { average: Average; firstOf: (kind: Odd) => string }): string {
  const ns = [...new Set(results.map((r) => r.n))]
  const over = { relevant: 'queries with a relevant document', shared: 'queries that are ranked and judged (trec_eval)', all: 'judged queries (trec_eval -c)' }[average]
  const notes = [`mean over the ${ns.length === 1 ? ns[0] : `${Math.min(...ns)} to ${Math.max(...ns)} (by measure)`} ${over}`]
  if (missing) notes.push(`not in the run, ${average === 'shared' ? 'left out except of MRR' : 'counted as 0'}: ${missing} with a relevant document${firstOf('missing')}`)
  if (withoutRelevant) notes.push(`judged without a relevant document, ${average === 'relevant' ? 'left out' : 'counted as 0 except of MRR'}: ${withoutRelevant}${firstOf('withoutRelevant')}`)
  if (unjudged) notes.push(`in the run and not judged, left out: ${unjudged}${firstOf('unjudged')}`)
  return notes.join('; ')
}
