// Data sets as the browser, the API and the job server see them.
import { z } from 'zod'
import { Progress } from './progress'

export const Split = z.enum(['train', 'dev', 'test'])
export type Split = z.infer<typeof Split>

/** Where a data set comes from. `tsv` is a folder on the server with collection.tsv, queries.tsv, qrels.tsv and optionally split.tsv. */
export const DatasetSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('wordnet') }),
  z.object({ kind: z.literal('tsv'), folder: z.string().min(1, 'Give the folder that holds collection.tsv, queries.tsv and qrels.tsv') }),
])
export type DatasetSource = z.infer<typeof DatasetSource>

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

/** What the import step reports and the data set row stores. */
export const DatasetCounts = z.object({
  docs: z.number().int(),
  queries: z.record(Split, z.number().int()),
  /** Relevance judgements with grade > 0 per split. */
  positives: z.record(Split, z.number().int()),
})
export type DatasetCounts = z.infer<typeof DatasetCounts>

export const DatasetState = z.enum(['importing', 'ready', 'failed'])

export const DatasetSummary = z.object({
  id: z.string(),
  name: z.string(),
  source: DatasetSource,
  state: DatasetState,
  reason: z.string().nullable(),
  counts: DatasetCounts.nullable(),
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
