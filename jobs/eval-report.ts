// What `drhard eval` prints: lines, JSON, CSV or LaTeX of the same numbers. Called by jobs/eval-files.ts.
import type { Comparison } from '@/contract/compare'
import type { Evaluation } from '@/server/eval/evaluate'

export interface JudgedRun {
  name: string
  file: string
  evaluation: Evaluation
  /** Official id per row of evaluation.queryRows. */
  queryIds: string[]
  notes: string[]
}

export interface Report {
  runs: JudgedRun[]
  comparison: Comparison | null
  perQuery: boolean
}

export type ReportFormat = 'text' | 'json' | 'csv' | 'latex'

export const REPORTS: Record<ReportFormat, (report: Report) => string[]> = { text: textReport, json: jsonReport, csv: csvReport, latex: latexReport }

const number = (value: number) => (Number.isInteger(value) && Math.abs(value) > 1 ? String(value) : value.toFixed(6))

/** A line a number, tab-separated: measure, query (with --per-query), value; the run first where there are several. */
function textReport({ runs, comparison, perQuery }: Report): string[] {
  const lines = runs.flatMap(({ name, evaluation, queryIds }) => {
    const prefix = runs.length > 1 ? `${name}\t` : ''
    const each = perQuery ? queryIds.flatMap((id, q) => evaluation.results.flatMap((r) => (Number.isNaN(r.values[q]) ? [] : [`${prefix}${r.id}\t${id}\t${number(r.values[q])}`]))) : []
    return [...each, ...evaluation.results.map((r) => `${prefix}${r.id}\t${number(r.mean)}`)]
  })
  return comparison ? [...lines, '', ...statsText(comparison)] : lines
}

function statsText({ baseline, means, comparisons, tukey, correction, permutations }: Comparison): string[] {
  const p = (value: number | null) => (value === null ? '-' : value < 0.0001 ? '<0.0001' : value.toFixed(4))
  const table = (rows: string[][]) => rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(Math.max(...rows.map((r) => r[i].length))) : cell.padStart(Math.max(...rows.map((r) => r[i].length))))).join('  ').trimEnd())
  const own = [['measure', 'run', 'n', 'mean', '95 % interval'], ...means.map((m) => [m.measure, m.run, String(m.n), m.mean.toFixed(4), `[${m.low.toFixed(4)}, ${m.high.toFixed(4)}]`])]
  const paired = [
    ['measure', 'run', 'n', 'difference', '95 % interval', 'p', 'p (t-test)', 'd', 'won/tied/lost'],
    ...comparisons.map((c) => [c.measure, c.b, String(c.n), signed(c.difference), `[${signed(c.low)}, ${signed(c.high)}]`, p(c.p), p(c.pT), c.effect === null ? '-' : c.effect.toFixed(3), `${c.wins}/${c.ties}/${c.losses}`]),
  ]
  const pairs = [['measure', 'pair', 'difference', 'p'], ...tukey.map((t) => [t.measure, `${t.b} - ${t.a}`, signed(t.difference), p(t.p)])]
  return [
    'Means with 95 % bootstrap intervals over queries',
    ...table(own),
    ...(comparisons.length ? ['', `Against ${baseline}: Fisher randomization (${permutations.toLocaleString('en-US')} permutations) and paired t-test, two-sided, ${correction === 'none' ? 'not corrected' : `${correction}-corrected over ${comparisons.length} comparisons`}; d: mean difference / its deviation`, ...table(paired)] : []),
    ...(tukey.length ? ['', 'All pairs: Tukey HSD (additive model run + query)', ...table(pairs)] : []),
  ]
}

const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`

function jsonReport({ runs, comparison, perQuery }: Report): string[] {
  const value = {
    runs: runs.map(({ name, file, evaluation, queryIds, notes }) => ({
      name,
      file,
      measures: Object.fromEntries(evaluation.results.map((r) => [r.id, { value: r.mean, n: r.n }])),
      queries: { missing: evaluation.missing, withoutRelevant: evaluation.withoutRelevant, unjudged: evaluation.unjudged },
      notes,
      ...(perQuery && { perQuery: Object.fromEntries(queryIds.map((id, q) => [id, Object.fromEntries(evaluation.results.flatMap((r) => (Number.isNaN(r.values[q]) ? [] : [[r.id, r.values[q]]])))])) }),
    })),
    ...(comparison && { comparison }),
  }
  return [JSON.stringify(value, null, 2)]
}

/** With --per-query a row a query, else a row a run; statistics as a second table. */
function csvReport({ runs, comparison, perQuery }: Report): string[] {
  const ids = runs[0].evaluation.results.map((r) => r.id)
  const rows = perQuery
    ? runs.flatMap(({ name, evaluation, queryIds }) => queryIds.map((id, q) => [name, id, ...evaluation.results.map((r) => (Number.isNaN(r.values[q]) ? '' : String(r.values[q])))]))
    : runs.map(({ name, evaluation }) => [name, ...evaluation.results.map((r) => String(r.mean))])
  const head = perQuery ? ['run', 'query', ...ids] : ['run', ...ids]
  const stats = comparison ? [[], ['baseline', 'run', 'measure', 'n', 'difference', 'low', 'high', 'p', 'p_uncorrected', 'p_t', 'd', 'wins', 'ties', 'losses'], ...comparison.comparisons.map((c) => [c.a, c.b, c.measure, c.n, c.difference, c.low, c.high, c.p, c.pUncorrected, c.pT ?? '', c.effect ?? '', c.wins, c.ties, c.losses].map(String))] : []
  return [head, ...rows, ...stats].map((row) => row.map(csvCell).join(','))
}

const csvCell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const MARK_BELOW = 0.05

/** A booktabs table; a dagger marks a corrected p below 0.05 against the first run. */
function latexReport({ runs, comparison }: Report): string[] {
  const results = runs[0].evaluation.results
  const best = results.map((_, m) => Math.max(...runs.map(({ evaluation }) => evaluation.results[m].mean)))
  const cell = (run: JudgedRun, m: number) => {
    const { id, mean } = run.evaluation.results[m]
    const shown = mean.toFixed(4).replace(/^0/, '')
    const differs = comparison?.comparisons.some((c) => c.b === run.name && c.measure === id && c.p < MARK_BELOW)
    return `${mean === best[m] && runs.length > 1 ? `\\textbf{${shown}}` : shown}${differs ? '$^{\\dagger}$' : ''}`
  }
  const legend = comparison && comparison.comparisons.length > 0 ? [`% $\\dagger$: differs from ${runs[0].name}, Fisher randomization p < ${MARK_BELOW}, ${comparison.correction}-corrected`] : []
  return [
    `\\begin{tabular}{l${'r'.repeat(results.length)}}`,
    '\\toprule',
    `Run & ${results.map((r) => latexText(r.id)).join(' & ')} \\\\`,
    '\\midrule',
    ...runs.map((run) => `${latexText(run.name)} & ${results.map((_, m) => cell(run, m)).join(' & ')} \\\\`),
    '\\bottomrule',
    '\\end{tabular}',
    ...legend,
    `% mean over ${results[0].n} queries`,
  ]
}

const latexText = (text: string) => text.replace(/[&%$#_{}~^\\]/g, (char) => (char === '~' || char === '^' ? `\\${char}{}` : char === '\\' ? '\\textbackslash{}' : `\\${char}`))
