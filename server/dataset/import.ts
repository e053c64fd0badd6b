// The kinds of source a data set can come from. Called by jobs/steps/import.ts.
import fs from 'node:fs'
import path from 'node:path'
import type { DatasetSource, ImportReport, ImportResult } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { download } from '@/server/files/download'
import { sha256OfFile } from '@/server/files/sha256'
import { openDataset } from './dataset'
import { findGivenResults, GIVEN_TOKENS } from './given-results'
import { importDrhardTokens } from './import-drhard'
import { importFiles, type Imported, type ImportOptions } from './import-files'
import { importWordnet } from './import-wordnet'
import { compareWithKnown } from './known-collections'
import type { RecordFormat } from './records'
import { findSourceFiles } from './source-files'

export interface ImportDatasetOptions extends ImportOptions {
  /** Where files of a `url` source go; what an earlier attempt left there is used. */
  downloadDir?: string
}

type LocalSource = Exclude<DatasetSource, { kind: 'url' }>

/** MS MARCO's documents, unpacked, have 22 GB. */
const MAX_DOWNLOAD_BYTES = 40 * 2 ** 30

/** Writes the data set and report.json into `dir`, and returns its counts and what should be looked at. */
export async function importDataset(asked: DatasetSource, dir: string, options: ImportDatasetOptions): Promise<ImportResult> {
  const source = asked.kind === 'url' ? await downloadSource(asked, options) : asked
  const { counts, report, docs } = await readSource(source, dir, options)
  const idHashes = { docs: await sha256OfFile(path.join(dir, 'docs.ids')), queries: await sha256OfFile(path.join(dir, 'queries.ids')) }
  const given = source.kind === 'drhard' ? findGivenResults(source.folder, counts.docs) : []
  for (const { name } of given) options.log?.('info', `${name} holds results that runs can take over`)
  const known = compareWithKnown({ kind: source.kind, docs }, counts, idHashes.docs)
  const differences = (known?.differences ?? []).map((difference) => `${known!.name}: ${difference}`)
  for (const difference of differences) options.log?.('warn', difference)
  fs.writeFileSync(path.join(dir, 'report.json'), JSON.stringify({ ...report, idHashes, known, given } satisfies ImportReport, null, 1))
  return { ...counts, warnings: [...differences, ...report.warnings] }
}

async function readSource(source: LocalSource, dir: string, options: ImportOptions): Promise<Imported & { docs?: RecordFormat }> {
  if (source.kind === 'wordnet') {
    return { counts: importWordnet(dir, options), report: { badLines: { count: 0, first: [] }, emptyDocs: 0, qrels: [], warnings: [] } }
  }
  const files = findSourceFiles(source)
  if (files.absent.length > 0 && source.kind !== 'tsv') options.log?.('info', `Not in the folder, and left out: ${files.absent.join(', ')}`)
  const imported = await importFiles(files, dir, { ...options, maxBadLines: source.maxBadLines })
  if (source.kind === 'drhard') takeTokens(source.folder, dir, options)
  return { ...imported, docs: files.docs.format }
}

function takeTokens(folder: string, dir: string, { log = () => {}, signal, progress = () => {} }: ImportOptions): void {
  const dataset = openDataset(dir)
  try {
    importDrhardTokens(path.join(folder, 'preprocess'), dataset, path.join(dir, GIVEN_TOKENS), { log, signal, progress })
  } finally {
    dataset.close()
  }
}

/** Fetches the files, each whole, and returns the folder that holds them. */
async function downloadSource({ format, urls, maxBadLines }: Extract<DatasetSource, { kind: 'url' }>, { downloadDir, signal, progress, log }: ImportDatasetOptions): Promise<LocalSource> {
  if (!downloadDir) throw new AppError('broken', 'An import by URL needs a folder to download to')
  for (const url of urls) {
    const name = fileNameOf(url)
    const file = path.join(downloadDir, name)
    if (fs.existsSync(file)) continue
    fs.mkdirSync(path.dirname(file), { recursive: true })
    await download(url, file, { signal, maxBytes: MAX_DOWNLOAD_BYTES, progress: (done, total) => progress?.(done, total, `bytes of ${name}`), log: (line) => log?.('warn', line) })
  }
  return { kind: format, folder: downloadDir, maxBadLines }
}

/** The last part of the address, with qrels/ before it where it has that: nothing of an address leads out of the folder. */
function fileNameOf(url: string): string {
  const [folder, name = ''] = decodeURIComponent(new URL(url).pathname).split('/').slice(-2)
  if (!/^\w[\w.-]{0,99}$/.test(name)) throw new AppError('bad-input', `${url} does not end in a file name of letters, digits, dot, dash and underscore; put the file elsewhere`)
  return folder === 'qrels' ? path.join(folder, name) : name
}
