// The kinds of source a data set can come from. Called by jobs/steps/import.ts and by whoever plans an import.
import type { DatasetCounts, DatasetSource } from '@/contract/dataset'
import { importTsv, tsvFingerprint, type ImportTsvOptions } from './import-tsv'
import { importWordnet, wordnetVersion } from './import-wordnet'

export function importDataset(source: DatasetSource, dir: string, options: ImportTsvOptions): DatasetCounts {
  return source.kind === 'wordnet' ? importWordnet(dir, options) : importTsv(source.folder, dir, options)
}

/** Changes when importing the source again could give other data: part of the import step's key. Throws AppError bad-input if the source is not there. */
export function fingerprintSource(source: DatasetSource): string {
  return source.kind === 'wordnet' ? wordnetVersion() : tsvFingerprint(source.folder)
}
