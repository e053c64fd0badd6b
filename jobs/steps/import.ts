// Step: reads a source (WordNet or a folder of files) into a data set folder.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { importDataset } from '@/server/dataset/import'

export const run: StepFunction<'import'> = async ({ params, outDir, workDir, threads, signal, progress, log }) => {
  const counts = await importDataset(params.source, outDir, { threads, downloadDir: path.join(workDir, 'files'), signal, progress, log })
  const lead = counts.queries.lead > 0 ? `, ${counts.queries.lead} leaderboard queries` : ''
  log('info', `${counts.docs} documents; ${counts.queries.train} train, ${counts.queries.dev} dev and ${counts.queries.test} test queries${lead}`)
  return counts
}
