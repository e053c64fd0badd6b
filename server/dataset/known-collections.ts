// What well-known collections should hold, so that an import of the wrong or a truncated file is seen before it is trained on.
// Called by import.ts.
import type { DatasetCounts, DatasetSource, ImportReport } from '@/contract/dataset'
import type { RecordFormat } from './records'

interface Known {
  name: string
  docs: number
  /** Judged queries per split; of `lead` all. */
  queries: Partial<DatasetCounts['queries']>
  /** Relevant pairs per split. */
  positives?: Partial<DatasetCounts['positives']>
  /** SHA-256 of the documents' ids one after another, in their order: rows mean what they mean in other people's files. */
  docIds?: string
}

// MS MARCO: microsoft.github.io/msmarco and Zhan et al. 2021, table 1 (queries with judgements; TREC DL 2019 judged 43 of 200). Passages
// are numbered from 0.
const BY_FORMAT: Partial<Record<RecordFormat, Known>> = {
  tsv: { name: 'MS MARCO passage', docs: 8_841_823, queries: { train: 502_939, dev: 6_980, test: 43, lead: 6_837 }, positives: { train: 532_761, dev: 7_437 }, docIds: 'ec93a9537bc0e4945a4ae932b466f8f9422438f15d553e9f1358e48d845cae15' },
  'msmarco-doc': { name: 'MS MARCO document', docs: 3_213_835, queries: { train: 367_013, dev: 5_193, test: 43, lead: 5_793 }, positives: { train: 367_013, dev: 5_193 } },
}
const IS_MSMARCO: DatasetSource['kind'][] = ['msmarco-passage', 'msmarco-doc', 'drhard']

// BEIR (Thakur et al. 2021, table 1). A collection is recognised by its number of documents.
const BEIR: Known[] = [
  { name: 'BEIR trec-covid', docs: 171_332, queries: { test: 50 } },
  { name: 'BEIR nfcorpus', docs: 3_633, queries: { test: 323 } },
  { name: 'BEIR nq', docs: 2_681_468, queries: { test: 3_452 } },
  { name: 'BEIR hotpotqa', docs: 5_233_329, queries: { test: 7_405 } },
  { name: 'BEIR fiqa', docs: 57_638, queries: { test: 648 } },
  { name: 'BEIR arguana', docs: 8_674, queries: { test: 1_406 } },
  { name: 'BEIR webis-touche2020', docs: 382_545, queries: { test: 49 } },
  { name: 'BEIR quora', docs: 522_931, queries: { test: 10_000 } },
  { name: 'BEIR dbpedia-entity', docs: 4_635_922, queries: { test: 400 } },
  { name: 'BEIR scidocs', docs: 25_657, queries: { test: 1_000 } },
  { name: 'BEIR fever', docs: 5_416_568, queries: { test: 6_666 } },
  { name: 'BEIR climate-fever', docs: 5_416_593, queries: { test: 1_535 } },
  { name: 'BEIR scifact', docs: 5_183, queries: { test: 300 } },
]

const number = (value: number) => value.toLocaleString('en-GB')

/** The known collection that the source claims or seems to be, and where it differs; null where none is known. `docs`: how its collection is written. */
export function compareWithKnown({ kind, docs }: { kind: DatasetSource['kind']; docs?: RecordFormat }, counts: DatasetCounts, docIds: string): ImportReport['known'] {
  const known = (IS_MSMARCO.includes(kind) && docs ? BY_FORMAT[docs] : undefined) ?? (kind === 'beir' ? BEIR.find(({ docs }) => docs === counts.docs) : undefined)
  if (!known) return null
  const differences: string[] = []
  if (counts.docs !== known.docs) differences.push(`${number(counts.docs)} documents, ${number(known.docs)} expected`)
  for (const [split, expected] of Object.entries(known.queries)) {
    const found = counts.queries[split as keyof DatasetCounts['queries']]
    if (found !== expected) differences.push(`${number(found)} ${split} queries, ${number(expected)} expected`)
  }
  for (const [split, expected] of Object.entries(known.positives ?? {})) {
    const found = counts.positives[split as keyof DatasetCounts['positives']]
    if (found !== expected) differences.push(`${number(found)} relevant pairs in ${split}, ${number(expected)} expected`)
  }
  if (known.docIds && counts.docs === known.docs && docIds !== known.docIds) differences.push('the documents have other ids, or another order; runs and negatives that others made by row do not fit')
  return { name: known.name, differences }
}
