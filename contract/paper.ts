// The main table of the paper: six models on the passages and the documents of MS MARCO, as published.
// Zhan et al., "Optimizing Dense Retrieval Model Training with Hard Negatives", SIGIR 2021, table 2. MRR and recall are on the official dev
// queries, NDCG@10 is on the queries of TREC DL 2019: their judgements differ.
import type { Method } from './run'

export type PaperCollection = 'passage' | 'document'

export interface PaperMeasure {
  /** Canonical name, as published. */
  id: string
  /** What stands for it where it was not computed. */
  standIn?: string
  queries: 'dev' | 'TREC DL 2019'
}

export const PAPER_MEASURES: Record<PaperCollection, PaperMeasure[]> = {
  passage: [
    { id: 'MRR@10', queries: 'dev' },
    { id: 'R@100', queries: 'dev' },
    { id: 'NDCG@10', queries: 'TREC DL 2019' },
  ],
  // RR goes on beyond rank 100, where a query adds less than 0.01 to its value.
  document: [
    { id: 'MRR@100', standIn: 'RR', queries: 'dev' },
    { id: 'R@100', queries: 'dev' },
    { id: 'NDCG@10', queries: 'TREC DL 2019' },
  ],
}

/** Documents and judged dev queries of the collections. */
export const PAPER_COUNTS: Record<PaperCollection, { docs: number; dev: number }> = { passage: { docs: 8_841_823, dev: 6_980 }, document: { docs: 3_213_835, dev: 5_193 } }

export interface PaperModel {
  id: string
  title: string
  method: Method
  /** Method of the run that it starts from; null: of none. */
  startMethod: Method | null
  /** In the order of PAPER_MEASURES. */
  published: Record<PaperCollection, [number, number, number]>
}

export const PAPER_MODELS: PaperModel[] = [
  { id: 'in-batch', title: 'In-batch Neg', method: 'in-batch', startMethod: null, published: { passage: [0.264, 0.837, 0.583], document: [0.32, 0.864, 0.544] } },
  { id: 'random', title: 'Rand Neg', method: 'random', startMethod: null, published: { passage: [0.301, 0.853, 0.612], document: [0.33, 0.859, 0.572] } },
  { id: 'star', title: 'STAR', method: 'star', startMethod: null, published: { passage: [0.34, 0.867, 0.642], document: [0.39, 0.867, 0.605] } },
  { id: 'adore-in-batch', title: 'ADORE (In-batch Neg)', method: 'adore', startMethod: 'in-batch', published: { passage: [0.316, 0.86, 0.658], document: [0.362, 0.884, 0.58] } },
  { id: 'adore-random', title: 'ADORE (Rand Neg)', method: 'adore', startMethod: 'random', published: { passage: [0.326, 0.865, 0.661], document: [0.361, 0.885, 0.585] } },
  { id: 'adore-star', title: 'ADORE (STAR)', method: 'adore', startMethod: 'star', published: { passage: [0.347, 0.876, 0.683], document: [0.405, 0.919, 0.628] } },
]

/** What the paper argues, as pairs of its models in the order of their first measure: it can be checked on any collection. */
export const PAPER_CLAIMS: { better: string; worse: string; text: string }[] = [
  { better: 'star', worse: 'random', text: 'Static hard negatives beat random negatives' },
  { better: 'star', worse: 'in-batch', text: 'Static hard negatives beat in-batch negatives' },
  { better: 'adore-in-batch', worse: 'in-batch', text: 'ADORE improves a model of in-batch negatives' },
  { better: 'adore-random', worse: 'random', text: 'ADORE improves a model of random negatives' },
  { better: 'adore-star', worse: 'star', text: 'ADORE improves STAR' },
  { better: 'adore-star', worse: 'adore-random', text: 'STAR is the best start for ADORE' },
]
