// `drhard convert` and `drhard fuse`: run files into run files, without a database. Called by jobs/cli.ts.
import { AppError } from '@/contract/errors'
import { rankingLines, type RankingFormat } from '@/server/ranking/export'
import { fuse, type FusionOptions } from '@/server/ranking/fusion'
import { placeOf, type Ranking } from '@/server/ranking/ranking'
import { newFileIds, readRunFile, type FileIds, type RunFormat } from '@/server/ranking/run-file'
import { metadataLines, writeLines } from '@/server/ranking/write-run-file'

export interface ConvertOptions {
  run: string
  from?: RunFormat
  to: RankingFormat
  out: string
  tag?: string
  /** Keeps the ir_metadata heading, or writes one. */
  metadata: boolean
}

export async function convertFile({ run: file, from, to, out, tag, metadata }: ConvertOptions): Promise<void> {
  const ids = newFileIds()
  const run = await readRunFile(file, { ids, format: from })
  for (const warning of run.warnings) console.error(warning)
  const heading = metadata ? metadataLines(run.metadata ?? `tag: ${tag ?? run.name}`) : []
  await writeRun(out, run.ranking, ids, { format: to, tag: tag ?? run.name, heading })
}

export interface FuseOptions extends FusionOptions {
  runs: string[]
  to: RankingFormat
  out: string
  tag: string
}

export async function fuseFiles({ runs: files, to, out, tag, ...options }: FuseOptions): Promise<void> {
  const ids = newFileIds()
  const rankings: Ranking[] = []
  for (const file of files) {
    const run = await readRunFile(file, { ids })
    for (const warning of run.warnings) console.error(warning)
    if (run.format === 'msmarco' && options.method !== 'rrf') throw new AppError('bad-input', `${file} has ranks and no scores, which ${options.method} needs; use --method rrf`)
    rankings.push(run.ranking)
  }
  const queries = rankings.map(({ queryRows }) => queryRows.length)
  const fused = fuse(rankings, options)
  if (new Set([...queries, fused.queryRows.length]).size > 1) console.error(`the runs rank ${queries.join(', ')} queries, the fusion ${fused.queryRows.length}: queries that a run lacks get nothing from it`)
  await writeRun(out, fused, ids, { format: to, tag, heading: [] })
}

async function writeRun(out: string, ranking: Ranking, ids: FileIds, { format, tag, heading }: { format: RankingFormat; tag: string; heading: string[] }): Promise<void> {
  await writeLines(out, (function* () {
    yield* heading
    yield* rankingLines(ranking, ids, { format, tag })
  })())
  if (out !== '-') await checkWritten(out, ranking, ids)
  console.error(`${out === '-' ? 'written' : out}: ${ranking.queryRows.length} queries, ${ranking.docRows.length} documents`)
}

/** Reads the file again: a conversion that changed an order must not be handed on. */
async function checkWritten(file: string, ranking: Ranking, ids: FileIds): Promise<void> {
  const again = (await readRunFile(file, { ids })).ranking
  const docsOf = ({ queryRows, offsets, docRows }: Ranking, queryRow: number) => {
    const place = placeOf(queryRows, queryRow)
    return docRows.subarray(offsets[place], offsets[place + 1]).filter((row) => row >= 0)
  }
  for (const queryRow of again.queryRows) {
    const ours = docsOf(ranking, queryRow)
    if (docsOf(again, queryRow).some((row, i) => row !== ours[i])) throw new AppError('broken', `${file}: query "${ids.queryIds.idOf(queryRow)}" has another order after writing; report this with the run file`)
  }
}
