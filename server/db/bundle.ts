// The export bundle of a run's checkpoint: gathers what server/eval/bundle.ts packs. Called by app/api and `drhard export --bundle`.
import path from 'node:path'
import packageJson from '@/package.json'
import { Split } from '@/contract/dataset'
import { MeasureValues } from '@/contract/measure'
import { openDataset } from '@/server/dataset/dataset'
import { makeBundle } from '@/server/eval/bundle'
import { readRanking } from '@/server/ranking/ranking'
import type { Tx } from './client'
import { importedKey } from './datasets'
import { findEvaluation } from './evaluations'
import { localArtifact } from './local-artifact'
import { readRun } from './runs'

/** The bundle of a checkpoint, or of the last evaluated one, as a gzipped archive. Throws not-found, or broken where a converted file scores otherwise. */
export async function readBundle(tx: Tx, runId: string, checkpointStep?: number): Promise<{ name: string; bytes: Buffer }> {
  const [run, evaluation] = [await readRun(tx, runId), await findEvaluation(tx, runId, checkpointStep)]
  const key = await importedKey(tx, run.datasetId)
  const { fingerprint } = await tx.dataset.findUniqueOrThrow({ where: { id: run.datasetId }, select: { fingerprint: true } })
  const dataset = openDataset(await localArtifact(key))
  try {
    return await makeBundle({
      run,
      dataset,
      datasetName: run.datasetName,
      datasetFingerprint: { key, source: fingerprint },
      evaluation: { checkpointStep: evaluation.checkpointStep, split: Split.parse(evaluation.split), measures: MeasureValues.parse(evaluation.measures), n: evaluation.n, at: evaluation.createdAt },
      ranking: readRanking(path.join(await localArtifact(evaluation.rankingKey), 'ranking.bin')),
      version: packageJson.version,
    })
  } finally {
    dataset.close()
  }
}
