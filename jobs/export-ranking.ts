// `drhard export`: a run's ranking as a file with official ids. Called by jobs/cli.ts.
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openDataset } from '@/server/dataset/dataset'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { findEvaluation } from '@/server/db/evaluations'
import { artifactsDir } from '@/server/db/location'
import { findRunByName } from '@/server/db/runs'
import { artifactDir } from '@/server/files/artifact'
import { rankingFileName, rankingLines, type RankingFormat } from '@/server/ranking/export'
import { readRanking } from '@/server/ranking/ranking'

export interface ExportOptions {
  /** Id, or name. */
  run: string
  format: RankingFormat
  checkpoint?: number
  /** - for standard output. */
  out?: string
}

export async function exportRanking({ run: idOrName, format, checkpoint, out }: ExportOptions): Promise<void> {
  const db = database()
  try {
    const run = await findRunByName(db, idOrName)
    const evaluation = await findEvaluation(db, run.id, checkpoint)
    const dataset = openDataset(artifactDir(artifactsDir(), await importedKey(db, run.datasetId)))
    const ranking = readRanking(path.join(artifactDir(artifactsDir(), evaluation.rankingKey), 'ranking.bin'))
    const lines = rankingLines(ranking, dataset, { format, tag: run.name })
    const file = out ?? rankingFileName({ runName: run.name, checkpointStep: evaluation.checkpointStep, split: evaluation.split, format })
    await pipeline(Readable.from(withEnds(lines)), file === '-' ? process.stdout : fs.createWriteStream(file))
    dataset.close()
    console.error(`${file === '-' ? 'written' : file}: run ${run.name}, checkpoint ${evaluation.checkpointStep}, ${evaluation.split} split, ${ranking.queryRows.length} queries`)
  } finally {
    await db.$disconnect()
  }
}

function* withEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}
