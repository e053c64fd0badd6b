// `drhard export`: a run's ranking as a file with official ids. Called by jobs/cli.ts.
import fs from 'node:fs'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { readBundle } from '@/server/db/bundle'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { findEvaluation } from '@/server/db/evaluations'
import { localArtifact } from '@/server/db/local-artifact'
import { findRunByName } from '@/server/db/runs'
import { rankingFileName, rankingLines, type RankingFormat } from '@/server/ranking/export'
import { readRanking } from '@/server/ranking/ranking'
import { writeLines } from '@/server/ranking/write-run-file'

export interface ExportOptions {
  /** Id, or name. */
  run: string
  format: RankingFormat
  /** Run files, measures, configuration and fingerprints in one archive instead. */
  bundle: boolean
  checkpoint?: number
  /** - for standard output. */
  out?: string
}

export async function exportRanking({ run: idOrName, format, checkpoint, out, bundle }: ExportOptions): Promise<void> {
  const db = database()
  try {
    const run = await findRunByName(db, idOrName)
    if (bundle) return await writeBundle(out, await readBundle(db, run.id, checkpoint))
    const evaluation = await findEvaluation(db, run.id, checkpoint)
    const dataset = openDataset(await localArtifact(await importedKey(db, run.datasetId)))
    const ranking = readRanking(path.join(await localArtifact(evaluation.rankingKey), 'ranking.bin'))
    const lines = rankingLines(ranking, dataset, { format, tag: run.name })
    const file = out ?? rankingFileName({ runName: run.name, checkpointStep: evaluation.checkpointStep, split: evaluation.split, format })
    await writeLines(file, lines)
    dataset.close()
    console.error(`${file === '-' ? 'written' : file}: run ${run.name}, checkpoint ${evaluation.checkpointStep}, ${evaluation.split} split, ${ranking.queryRows.length} queries`)
  } finally {
    await db.$disconnect()
  }
}

async function writeBundle(out: string | undefined, { name, bytes }: { name: string; bytes: Buffer }): Promise<void> {
  const file = out ?? name
  if (file === '-') process.stdout.write(bytes)
  else fs.writeFileSync(file, bytes)
  console.error(`${file === '-' ? 'written' : file}: run files, measures, configuration and fingerprints; both run files were scored again`)
}
