// The kinds of source in words: what the import form offers and what a data set's card says of where it came from.
import type { DatasetSource, NewDataset } from '@/contract/dataset'

export type SourceKind = DatasetSource['kind']

interface SourceText {
  title: string
  /** Files that the folder holds; each may be .gz. */
  files: string[]
  note: string
  placeholder: string
}

export const SOURCE_KINDS: Record<SourceKind, SourceText> = {
  tsv: {
    title: 'TSV files',
    files: ['collection.tsv', 'queries.tsv', 'qrels.tsv', 'split.tsv'],
    note: 'Lines of id and text; judgements of query, 0, document, grade; split.tsv (query, train, dev or test) is optional.',
    placeholder: '/data/my-collection',
  },
  beir: { title: 'BEIR', files: ['corpus.jsonl', 'queries.jsonl', 'qrels/train.tsv', 'qrels/dev.tsv', 'qrels/test.tsv'], note: 'At least one of the three qrels. The text of a document is its title and text.', placeholder: '/data/beir/scifact' },
  'msmarco-passage': {
    title: 'MS MARCO passage',
    files: ['collection.tsv', 'queries.train.tsv', 'qrels.train.tsv', 'queries.dev.small.tsv', 'qrels.dev.small.tsv', 'msmarco-test2019-queries.tsv', '2019qrels-pass.txt', 'queries.eval.small.tsv'],
    note: 'The names of DRhard’s download_data.sh. What is missing is left out.',
    placeholder: '/data/msmarco-passage',
  },
  'msmarco-doc': {
    title: 'MS MARCO document',
    files: ['msmarco-docs.tsv', 'msmarco-doctrain-queries.tsv', 'msmarco-doctrain-qrels.tsv', 'msmarco-docdev-queries.tsv', 'msmarco-docdev-qrels.tsv', 'msmarco-test2019-queries.tsv', '2019qrels-docs.txt', 'docleaderboard-queries.tsv'],
    note: 'The names of DRhard’s download_data.sh. The text of a document is url<sep>title<sep>body.',
    placeholder: '/data/msmarco-doc',
  },
  trec: { title: 'TREC topics and qrels', files: ['collection.tsv or corpus.jsonl', 'topics*', 'qrels*'], note: 'Topics as <top> blocks, XML or lines of id and text; they go to test unless the file name says train or dev.', placeholder: '/data/robust04' },
  drhard: { title: 'DRhard folder', files: ['dataset/', 'preprocess/'], note: 'The original’s data/passage or data/doc: its token files are used as they are, nothing is tokenised again.', placeholder: '/data/DRhard/data/passage' },
  url: { title: 'Download by URL', files: [], note: 'A worker downloads the files, resumes broken connections, and reads them in the format chosen below.', placeholder: 'https://example.org/collection.tsv.gz' },
  wordnet: { title: 'WordNet', files: [], note: 'Usage examples as queries, the definitions of all 117,791 synsets as documents. It comes with the product; nothing is downloaded.', placeholder: '' },
}

/** An empty form for a kind of source. */
export function newDataset(kind: SourceKind): NewDataset {
  if (kind === 'url') return { name: '', source: { kind, format: 'tsv', urls: [] } }
  return kind === 'wordnet' ? { name: 'wordnet', source: { kind } } : { name: '', source: { kind, folder: '' } }
}
