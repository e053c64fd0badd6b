// Step: fuses rankings of other runs, ranking-0, ranking-1 and so on, into one. Publishes ranking.bin.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { fuse } from '@/server/ranking/fusion'
import { readRanking, writeRanking } from '@/server/ranking/ranking'

export const run: StepFunction<'fuse'> = async ({ params, inputs, outDir, log }) => {
  const { fusion, normalisation, k, depth } = params
  const rankings = Object.keys(inputs).toSorted(byNumber).map((role) => readRanking(path.join(inputs[role], 'ranking.bin')))
  const fused = fuse(rankings, { method: fusion, normalisation, k, depth })
  writeRanking(path.join(outDir, 'ranking.bin'), fused)
  const partial = rankings.filter(({ queryRows }) => queryRows.length < fused.queryRows.length).length
  if (partial > 0) log('warn', `${partial} of the ${rankings.length} rankings lack some of the ${fused.queryRows.length} queries; those get nothing from them`)
  return { queries: fused.queryRows.length, depth }
}

const byNumber = (a: string, b: string) => Number(a.split('-')[1]) - Number(b.split('-')[1])
