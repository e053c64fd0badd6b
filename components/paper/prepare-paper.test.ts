import { describe, expect, it } from 'vitest'
import type { DatasetSummary } from '@/contract/dataset'
import { PAPER_DATA } from '@/contract/paper'
import { paperTable } from '@/contract/presets'
import type { RunSummary } from '@/contract/run'
import { makeRun } from '@/components/sample-run'
import { collectionOf, prepareClaims, preparePaper, prepareReasons } from './prepare-paper'

const counts = (docs: number, dev: number) => ({ docs, queries: { train: 10, dev, test: 43, lead: 0 }, positives: { train: 10, dev, test: 100, lead: 0 } })
const dataset = (changes: Partial<DatasetSummary> = {}): DatasetSummary => ({
  id: 'data-1',
  name: 'marco',
  source: { kind: 'msmarco-passage', folder: '/data' },
  state: 'ready',
  reason: null,
  counts: counts(PAPER_DATA.passage.docs, PAPER_DATA.passage.devQueries),
  progress: null,
  runCount: 1,
  createdAt: new Date(0).toISOString(),
  ...changes,
})
const judged = (split: 'dev' | 'test', checkpointStep: number, measures: Record<string, number>) => ({ id: `${split}${checkpointStep}`, split, checkpointStep, measures, n: 6980 })
const run = (changes: Partial<RunSummary>): RunSummary => ({ ...makeRun(), datasetId: 'data-1', startRunId: null, evaluations: [], ...changes })

describe('the paper beside our runs', () => {
  const star = run({ id: 's', name: 'star', method: 'star', state: 'succeeded', evaluations: [judged('dev', 10, { 'MRR@10': 0.2, 'R@100': 0.5 }), judged('dev', 20, { 'MRR@10': 0.337, 'R@100': 0.9 }), judged('test', 20, { 'NDCG@10': 0.62 })] })
  const adore = run({ id: 'a', name: 'adore', method: 'adore', startRunId: 's', evaluations: [judged('dev', 5, { 'MRR@10': 0.351 })] })
  const onRandom = run({ id: 'b', name: 'adore2', method: 'adore', startRunId: 'r', evaluations: [] })

  it('finds each model’s run by its method and what it starts from, and judges the last checkpoint', () => {
    const rows = preparePaper(dataset(), [adore, star, onRandom, run({ id: 'r', method: 'random', datasetId: 'elsewhere' })], 'passage')
    expect(rows.map(({ run }) => run?.id ?? null)).toEqual([null, null, 's', null, 'b', 'a'])
    expect(rows[2].cells.map(({ ours, verdict }) => [ours, verdict])).toEqual([
      [0.337, 'reproduced'],
      [0.9, 'above'],
      [0.62, 'below'],
    ])
    expect(rows[4].cells[0].verdict).toBe('not judged')
    expect(rows[0].cells[0].verdict).toBe('not run')
  })

  it('gives no verdict on another collection', () => {
    const rows = preparePaper(dataset({ counts: counts(1000, 6980) }), [star], 'passage')
    expect(rows[2].cells.map(({ verdict }) => verdict)).toEqual(['not comparable', 'not comparable', 'not comparable'])
  })

  it('says which claims hold, and which cannot be said', () => {
    const claims = prepareClaims(preparePaper(dataset(), [adore, star], 'passage'))
    expect(claims.find(({ text }) => text === 'ADORE improves STAR')).toMatchObject({ holds: true, ours: expect.closeTo(0.014, 6), published: expect.closeTo(0.007, 6), runIds: ['s', 'a'] })
    expect(claims.find(({ text }) => text.startsWith('Static hard negatives beat random'))).toMatchObject({ holds: null, runIds: null })
  })

  it('tells passages from documents', () => {
    expect(collectionOf(dataset())).toBe('passage')
    expect(collectionOf(dataset({ source: { kind: 'msmarco-doc', folder: '/d' } }))).toBe('document')
    expect(collectionOf(dataset({ source: { kind: 'tsv', folder: '/d' }, counts: counts(PAPER_DATA.document.docs, 1) }))).toBe('document')
  })

  it('ranks reasons: data, then weights, then settings, with who set them', () => {
    const configs = paperTable('data-1')
    const named = (name: string) => configs.find((each) => each.name === name)!
    const reasons = prepareReasons(dataset({ counts: counts(1000, 6980) }), 'passage', run({ method: 'star', name: 'star' }), [named('star'), named('bm25-negatives')])
    expect(reasons[0].text).toBe('marco has 1,000 documents; the paper’s MS MARCO passages are 8,841,823')
    expect(reasons.map(({ weight }) => weight)).toEqual(reasons.map(({ weight }) => weight).toSorted((a, b) => b - a))
    const texts = reasons.map(({ text }) => text)
    expect(texts).toContain('It goes back to bm25-negatives, which began with random weights; the paper began with roberta-base')
    expect(texts).toContain('Layers: 1 here, 12 in the paper (set by bm25-negatives)')
    expect(texts).toContain('Optimizer: AdamW here, LAMB in the paper')
    expect(texts.some((text) => text.startsWith('Mining depth'))).toBe(false)
  })
})
