// Writes the comparison as a LaTeX table (booktabs) for a paper, and as CSV with every number of it.
import type { Comparison } from '@/contract/compare'
import { csvLine } from '@/components/charts/csv'
import { betterThan, letterOf, letterTest } from './prepare-letters'
import type { ComparisonRow } from './prepare-comparison'

const TESTS = { tukey: 'Tukey’s HSD over all pairs', randomization: 'a two-sided Fisher randomization test against the first row, Holm-corrected' }

const SPECIAL: Record<string, string> = { '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}' }
const tex = (text: string) => text.replaceAll(/[\\&%$#_{}~^]/g, (sign) => SPECIAL[sign] ?? `\\${sign}`)

/** The best mean of each measure is bold; letters name the runs that a value is significantly better than. */
export function comparisonLatex(rows: ComparisonRow[], comparison: Comparison | undefined, measures: readonly string[], datasetName: string): string {
  const ids = rows.map((row) => row.run.id)
  const best = measures.map((_, i) => Math.max(...rows.map((row) => Number((row.cells[i].mean ?? -1).toFixed(3)))))
  const cell = (row: ComparisonRow, i: number) => {
    const { mean, measure } = row.cells[i]
    if (mean === null) return '--'
    const value = mean.toFixed(3).replace(/^0/, '')
    const letters = comparison ? betterThan(row.run.id, measure, ids, comparison) : ''
    return `${Number(mean.toFixed(3)) === best[i] && rows.length > 1 ? `\\textbf{${value}}` : value}${letters && `$^{${letters}}$`}`
  }
  const n = [...new Set(rows.map((row) => row.n).filter((each) => each !== null))]
  const caption = `Effectiveness on ${tex(datasetName)}${n.length === 1 ? ` (${n[0]} queries)` : ''}.${comparison ? ` A letter names a run that the value is significantly better than ($p < 0.05$, ${TESTS[letterTest(comparison)].replace('’', "'")}).` : ''}`
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${caption}}`,
    `  \\begin{tabular}{ll${'r'.repeat(measures.length)}}`,
    '    \\toprule',
    `    & Run & ${measures.map(tex).join(' & ')} \\\\`,
    '    \\midrule',
    ...rows.map((row, r) => `    ${letterOf(r)} & ${tex(row.run.name)} & ${measures.map((_, i) => cell(row, i)).join(' & ')} \\\\`),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n')
}

const COLUMNS = ['run', 'run id', 'checkpoint step', 'measure', 'n', 'mean', 'mean low', 'mean high', 'baseline', 'shared queries', 'difference', 'difference low', 'difference high', 'p', 'p uncorrected', 'p t-test', 'cohens d', 'won', 'tied', 'lost', 'better than']

/** One line for each run and measure; what was not computed is empty. */
export function comparisonCsv(rows: ComparisonRow[], comparison: Comparison | undefined): string {
  const ids = rows.map((row) => row.run.id)
  const baseline = rows.find((row) => row.isBaseline)?.run.name
  const lines = rows.flatMap(({ run, checkpointStep, n, cells }) =>
    cells.map(({ measure, mean, interval, paired }) => [
      run.name,
      run.id,
      checkpointStep,
      measure,
      n,
      mean,
      interval?.low,
      interval?.high,
      paired && baseline,
      paired?.n,
      paired?.difference,
      paired?.low,
      paired?.high,
      paired?.p,
      paired?.pUncorrected,
      paired?.pT,
      paired?.effect,
      paired?.wins,
      paired?.ties,
      paired?.losses,
      comparison && betterThan(run.id, measure, ids, comparison),
    ]),
  )
  return [COLUMNS, ...lines].map(csvLine).join('')
}
