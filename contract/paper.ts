// What the paper published (Zhan et al. 2021, "Optimizing Dense Retrieval Model Training with Hard Negatives", SIGIR, tables 3 and 4) and how its
// models were trained, so that runs stand beside them. The Paper page reads it.
import type { Method } from './run'
import type { Split } from './dataset'

export type PaperCollection = 'passage' | 'document'

/** One column of the paper's tables. NDCG@10 is over the 43 judged queries of TREC DL 2019, the others over MS MARCO's dev queries. */
export interface PaperColumn {
  measure: string
  split: Extract<Split, 'dev' | 'test'>
  judged: string
}

export const PAPER_COLUMNS: Record<PaperCollection, PaperColumn[]> = {
  passage: [
    { measure: 'MRR@10', split: 'dev', judged: 'MS MARCO dev' },
    { measure: 'R@100', split: 'dev', judged: 'MS MARCO dev' },
    { measure: 'NDCG@10', split: 'test', judged: 'TREC DL 2019' },
  ],
  document: [
    { measure: 'MRR@100', split: 'dev', judged: 'MS MARCO dev' },
    { measure: 'R@100', split: 'dev', judged: 'MS MARCO dev' },
    { measure: 'NDCG@10', split: 'test', judged: 'TREC DL 2019' },
  ],
}

/** The collections that the values are over. */
export const PAPER_DATA: Record<PaperCollection, { title: string; docs: number; devQueries: number }> = {
  passage: { title: 'MS MARCO passages', docs: 8_841_823, devQueries: 6_980 },
  document: { title: 'MS MARCO documents', docs: 3_213_835, devQueries: 5_193 },
}

export interface PaperModel {
  id: string
  title: string
  method: Method
  /** Method of the run that it starts from, where the paper's model is told apart by it. */
  start: Method | null
  /** In the order of the columns. */
  published: Record<PaperCollection, readonly [number, number, number]>
}

export const PAPER_MODELS: PaperModel[] = [
  { id: 'in-batch', title: 'In-batch Neg', method: 'in-batch', start: null, published: { passage: [0.264, 0.837, 0.583], document: [0.32, 0.864, 0.544] } },
  { id: 'random', title: 'Rand Neg', method: 'random', start: null, published: { passage: [0.301, 0.853, 0.612], document: [0.33, 0.859, 0.572] } },
  { id: 'star', title: 'STAR', method: 'star', start: null, published: { passage: [0.34, 0.867, 0.642], document: [0.39, 0.867, 0.605] } },
  { id: 'adore-in-batch', title: 'ADORE (In-batch Neg)', method: 'adore', start: 'in-batch', published: { passage: [0.316, 0.86, 0.658], document: [0.362, 0.884, 0.58] } },
  { id: 'adore-random', title: 'ADORE (Rand Neg)', method: 'adore', start: 'random', published: { passage: [0.326, 0.865, 0.661], document: [0.361, 0.885, 0.585] } },
  { id: 'adore-star', title: 'ADORE (STAR)', method: 'adore', start: 'star', published: { passage: [0.347, 0.876, 0.683], document: [0.405, 0.919, 0.628] } },
]

/** What the paper argues, as differences that its first measure shows; they can be checked on any collection. */
export const PAPER_CLAIMS: { better: string; worse: string; text: string }[] = [
  { better: 'star', worse: 'random', text: 'Static hard negatives beat random negatives' },
  { better: 'star', worse: 'in-batch', text: 'Static hard negatives beat in-batch negatives' },
  { better: 'adore-in-batch', worse: 'in-batch', text: 'ADORE improves a model of in-batch negatives' },
  { better: 'adore-random', worse: 'random', text: 'ADORE improves a model of random negatives' },
  { better: 'adore-star', worse: 'star', text: 'ADORE improves STAR' },
  { better: 'adore-star', worse: 'adore-random', text: 'STAR is the best start for ADORE' },
]

/** Seeds of one configuration differ by about this much; nearer than it counts as reproduced. */
export const PAPER_TOLERANCE = 0.005

/**
 * Settings of the original code and its README, with how much a different value is likely to matter (3: decides the result, 1: little).
 * Only those that are numbers or words with one value there; steps and rates depend on the hardware.
 */
export const PAPER_SETTINGS: { path: string; value: number | string; weight: 1 | 2 | 3; methods?: Method[] }[] = [
  { path: 'encoder.layers', value: 12, weight: 3 },
  { path: 'encoder.hidden', value: 768, weight: 3 },
  { path: 'encoder.dim', value: 768, weight: 2 },
  { path: 'encoder.pooling', value: 'first', weight: 1 },
  { path: 'encoder.maxQueryTokens', value: 24, weight: 1 },
  { path: 'encoder.maxDocTokens', value: 120, weight: 2 },
  { path: 'train.steps', value: 50_000, weight: 2, methods: ['star'] },
  { path: 'train.batchSize', value: 64, weight: 1, methods: ['star'] },
  { path: 'train.batchSize', value: 32, weight: 1, methods: ['adore'] },
  { path: 'train.learningRate', value: 1e-4, weight: 2, methods: ['star'] },
  { path: 'train.learningRate', value: 5e-6, weight: 2, methods: ['adore'] },
  { path: 'train.optimizer', value: 'lamb', weight: 1, methods: ['star'] },
  { path: 'train.optimizer', value: 'adamw', weight: 1, methods: ['adore'] },
  { path: 'train.temperature', value: 1, weight: 2 },
  { path: 'mineDepth', value: 200, weight: 2, methods: ['star'] },
  { path: 'topK', value: 200, weight: 2, methods: ['adore'] },
  { path: 'metricCut', value: 200, weight: 1, methods: ['adore'] },
  { path: 'train.hiddenDropout', value: 0.1, weight: 1 },
]
