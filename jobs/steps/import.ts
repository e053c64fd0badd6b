// Step: reads a source (WordNet or TSV files) into a data set folder.
import type { StepFunction } from '@/jobs/step'
import { importDataset } from '@/server/dataset/import'

export const run: StepFunction<'import'> = async ({ params, outDir, signal, progress, log }) => {
  const counts = importDataset(params.source, outDir, { signal, progress, log })
  log('info', `${counts.docs} documents; ${counts.queries.train} train, ${counts.queries.dev} dev and ${counts.queries.test} test queries`)
  return counts
}
