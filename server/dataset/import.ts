// The kinds of source a data set can come from. Called by jobs/steps/import.ts.
import fs from 'node:fs'
import path from 'node:path'
import type { DatasetCounts, DatasetSource, ImportReport } from '@/contract/dataset'
import { sha256OfFile } from '@/server/files/sha256'
import { openDataset } from './dataset'
import { GIVEN_TOKENS, importDrhardTokens } from './import-drhard'
import { importFiles, type Imported, type ImportOptions } from './import-files'
import { importWordnet } from './import-wordnet'
import { compareWithKnown } from './known-collections'
import { findSourceFiles } from './source-files'

/** Writes the data set and report.json into `dir`, and returns its counts. */
export async function importDataset(source: DatasetSource, dir: string, options: ImportOptions): Promise<DatasetCounts> {
  const { counts, report } = await readSource(source, dir, options)
  const known = compareWithKnown(source.kind, counts)
  for (const difference of known?.differences ?? []) options.log?.('warn', `${known!.name}: ${difference}`)
  const idHashes = { docs: await sha256OfFile(path.join(dir, 'docs.ids')), queries: await sha256OfFile(path.join(dir, 'queries.ids')) }
  fs.writeFileSync(path.join(dir, 'report.json'), JSON.stringify({ ...report, idHashes, known } satisfies ImportReport, null, 1))
  return counts
}

async function readSource(source: DatasetSource, dir: string, options: ImportOptions): Promise<Imported> {
  if (source.kind === 'wordnet') {
    return { counts: importWordnet(dir, options), report: { badLines: { count: 0, first: [] }, emptyDocs: 0, qrels: [], warnings: [] } }
  }
  const files = findSourceFiles(source)
  if (files.absent.length > 0 && source.kind !== 'tsv') options.log?.('info', `Not in the folder, and left out: ${files.absent.join(', ')}`)
  const imported = await importFiles(files, dir, { ...options, maxBadLines: source.maxBadLines })
  if (source.kind === 'drhard') takeTokens(source.folder, dir, options)
  return imported
}

function takeTokens(folder: string, dir: string, { log = () => {}, signal, progress = () => {} }: ImportOptions): void {
  const dataset = openDataset(dir)
  try {
    importDrhardTokens(path.join(folder, 'preprocess'), dataset, path.join(dir, GIVEN_TOKENS), { log, signal, progress })
  } finally {
    dataset.close()
  }
}
