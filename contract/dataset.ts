// Data sets as the browser, the API and the job server see them.
import { z } from 'zod'
import { Progress } from './progress'

/** `lead`: a leaderboard's queries, whose judgements nobody here has; they are searched for run files only. The order is that of the stored bits. */
export const Split = z.enum(['train', 'dev', 'test', 'lead'])
export type Split = z.infer<typeof Split>

const folder = (holds: string) => z.string().min(1, `Give the folder that holds ${holds}`)
/** How many unreadable lines are left out before the import stops; each is counted, the first hundred are reported. */
const maxBadLines = z.number({ error: 'Give a number' }).int('A whole number').min(0, 'At least 0').max(1_000_000, 'At most 1000000').optional()

/** Formats of plain files, which may lie on the server, be uploaded or be downloaded. */
export const FileFormat = z.enum(['tsv', 'beir', 'msmarco-passage', 'msmarco-doc', 'trec'])

/**
 * Where a data set comes from; folders are on the server, files in them plain or gz.
 * - `tsv`: collection.tsv, queries.tsv, qrels.tsv, optionally split.tsv.
 * - `beir`: corpus.jsonl, queries.jsonl, qrels/{train,dev,test}.tsv.
 * - `msmarco-passage`, `msmarco-doc`: the files as DRhard's download_data.sh names them.
 * - `trec`: a collection (collection.tsv or corpus.jsonl), topics* and qrels*.
 * - `drhard`: the original's data/passage or data/doc folder with dataset/ and preprocess/.
 * - `url`: the files of one of these formats, downloaded by the worker; a file below .../qrels/ is one of BEIR's.
 */
export const DatasetSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('wordnet') }),
  z.object({ kind: z.literal('tsv'), folder: folder('collection.tsv, queries.tsv and qrels.tsv'), maxBadLines }),
  z.object({ kind: z.literal('beir'), folder: folder('corpus.jsonl, queries.jsonl and qrels/'), maxBadLines }),
  z.object({ kind: z.literal('msmarco-passage'), folder: folder('collection.tsv, queries.*.tsv and qrels.*.tsv'), maxBadLines }),
  z.object({ kind: z.literal('msmarco-doc'), folder: folder('msmarco-docs.tsv, its queries and qrels'), maxBadLines }),
  z.object({ kind: z.literal('trec'), folder: folder('a collection, topics* and qrels*'), maxBadLines }),
  z.object({ kind: z.literal('drhard'), folder: folder('dataset/ and preprocess/'), maxBadLines }),
  z.object({
    kind: z.literal('url'),
    /** How the downloaded files are read. */
    format: FileFormat,
    urls: z.array(z.url({ protocol: /^https?$/, error: 'Give addresses that begin with http:// or https://' })).min(1, 'Give the address of each file').max(20, 'At most 20 addresses'),
    maxBadLines,
  }),
])
export type DatasetSource = z.infer<typeof DatasetSource>
export type FolderSource = Exclude<DatasetSource, { kind: 'wordnet' | 'url' }>

export const NewDataset = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'Give the data set a name')
    .max(80, 'At most 80 characters')
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'Letters, digits, dot, dash and underscore only'),
  source: DatasetSource,
})
export type NewDataset = z.infer<typeof NewDataset>

const perSplit = z.object({ train: z.number().int(), dev: z.number().int(), test: z.number().int(), lead: z.number().int().default(0) })

/** What the import step reports and the data set row stores. */
export const DatasetCounts = z.object({
  docs: z.number().int(),
  queries: perSplit,
  /** Relevance judgements with grade > 0 per split. */
  positives: perSplit,
})
export type DatasetCounts = z.infer<typeof DatasetCounts>

/** What an import reports. */
export const ImportResult = DatasetCounts.extend({
  /** What should be looked at before anything is trained: differences to the known collection first. */
  warnings: z.array(z.string()).default([]),
})
export type ImportResult = z.infer<typeof ImportResult>

/** A folder of a DRhard data folder, such as evaluate/star or warmup_retrieve, by its name below it. */
export const GivenName = z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/, 'A folder below the data set’s, such as evaluate/star')
/** Results of the original's runs that such a folder holds: runs take them over in place of computing them. */
export const GivenResult = z.object({
  name: GivenName,
  /** Dimension of the document embeddings; null where there are none. */
  dim: z.number().int().nullable(),
  rankings: z.array(Split),
  /** Hard negatives of the training queries. */
  negatives: z.boolean(),
})
export type GivenResult = z.infer<typeof GivenResult>

/** What an import found, beside the data: kept with it as report.json. */
export const ImportReport = z.object({
  /** Lines that were left out, and the first hundred of them: file, line, what is wrong. */
  badLines: z.object({ count: z.number().int(), first: z.array(z.string()) }),
  /** Texts without a character; they are kept, as documents that no query finds by its words. */
  emptyDocs: z.number().int(),
  qrels: z.array(z.object({ file: z.string(), judgements: z.number().int(), unknownQueries: z.number().int(), unknownDocs: z.number().int() })),
  /** SHA-256 of the official ids in the order of the rows: equal hashes, equal rows. */
  idHashes: z.object({ docs: z.string(), queries: z.string() }),
  /** The known collection that it was compared with, and where it differs. */
  known: z.object({ name: z.string(), differences: z.array(z.string()) }).nullable(),
  warnings: z.array(z.string()),
  /** What a DRhard data folder holds beside texts and tokens. */
  given: z.array(GivenResult).default([]),
})
export type ImportReport = z.infer<typeof ImportReport>

export const DatasetState = z.enum(['importing', 'ready', 'failed'])

export const DatasetSummary = z.object({
  id: z.string(),
  name: z.string(),
  source: DatasetSource,
  state: DatasetState,
  reason: z.string().nullable(),
  counts: DatasetCounts.nullable(),
  /** What its import found that should be looked at before a run is launched on it. */
  warnings: z.array(z.string()),
  /** Of the import while it runs. */
  progress: Progress.nullable(),
  runCount: z.number().int(),
  createdAt: z.iso.datetime(),
})
export type DatasetSummary = z.infer<typeof DatasetSummary>

/** A few rows to show what the data look like. */
export const DatasetSample = z.object({
  queries: z.array(z.object({ id: z.string(), split: Split, text: z.string(), relevant: z.array(z.object({ id: z.string(), grade: z.number(), text: z.string() })) })),
})
export type DatasetSample = z.infer<typeof DatasetSample>
