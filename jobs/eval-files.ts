// `drhard eval`: the measures of a run file against judgements, from files alone. Called by jobs/cli.ts.
import { MEASURES } from '@/contract/measure'
import { readLines } from '@/server/dataset/tsv-lines'
import { evaluateIds } from '@/server/eval/evaluate'
import { parseMsmarcoRun } from '@/server/ranking/msmarco'
import { parseQrels, parseTrecRun, type IdRanking } from '@/server/ranking/trec'

/** Prints a line per measure, as `name <tab> value`; with `perQuery` a line per query and measure before. */
export async function evalFiles({ qrels, run, perQuery }: { qrels: string; run: string; perQuery: boolean }): Promise<void> {
  const { means, n, missing, extra, perQuery: each } = evaluateIds(readRun(run), parseQrels(readLines(qrels), qrels))
  const lines: string[] = []
  if (perQuery) each.queryIds.forEach((id, i) => MEASURES.forEach((m) => lines.push(`${m}\t${id}\t${each.values[m][i].toFixed(6)}`)))
  for (const measure of MEASURES) lines.push(`${measure}\t${means[measure].toFixed(6)}`)
  process.stdout.write(`${lines.join('\n')}\n`)
  const notes = [`mean over the ${n} queries with a relevant document`]
  if (missing) notes.push(`${missing} of them are not in the run and count as 0`)
  if (extra) notes.push(`${extra} queries of the run are not judged and do not count`)
  console.error(notes.join('; '))
}

/** Three columns are MS MARCO's format, anything else is read as TREC's. */
function readRun(file: string): IdRanking {
  const [first] = readLines(file)
  return first.text.trim().split(/[\t ]+/).length === 3 ? parseMsmarcoRun(readLines(file), file) : parseTrecRun(readLines(file), file)
}
