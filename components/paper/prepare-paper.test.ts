import { describe, expect, it } from 'vitest'
import { PAPER_MODELS } from '@/contract/paper'
import { PRESETS } from '@/contract/presets'
import type { RunRow } from '@/contract/run-table'
import { makeRun } from '@/components/sample-run'
import { filterOf, isPaperData, prepareClaims, preparePaper, reasonsFor } from './prepare-paper'

const config = (id: string) => PRESETS.find((preset) => preset.id === id)!.runs('d')[0].config
function row(id: string, method: RunRow['method'], mrr: number | null, changes: Partial<RunRow> = {}): RunRow {
  const { evaluations: _, ...run } = makeRun({ id, name: id, method, state: 'succeeded' })
  const evaluation = mrr === null ? null : { id: `e-${id}`, checkpointStep: 900, split: 'dev' as const, measures: { 'MRR@10': mrr, 'R@100': 0.8, 'NDCG@10': 0.5, RR: mrr + 0.01 }, n: 6980, intervals: { 'MRR@10': [mrr - 0.01, mrr + 0.01] as [number, number] } }
  return { ...run, evaluation, config: config(method in { star: 1, adore: 1, random: 1 } ? method : 'in-batch'), tags: [], archivedAt: null, ...changes }
}

describe('the table', () => {
  const runs = [row('adore2', 'adore', 0.33, { startRunId: 'star', startRunName: 'star', startMethod: 'star' }), row('adore1', 'adore', 0.3, { startRunId: 'warm', startRunName: 'warm', startMethod: 'in-batch' }), row('star', 'star', 0.29), row('warm-new', 'in-batch', null), row('warm', 'in-batch', 0.268)]
  const rows = preparePaper('passage', runs, true)
  it('puts the newest judged run of the method, with the right start, beside each model', () => {
    expect(rows.map(({ model, run }) => [model.id, run?.id ?? null])).toEqual([['in-batch', 'warm'], ['random', null], ['star', 'star'], ['adore-in-batch', 'adore1'], ['adore-random', null], ['adore-star', 'adore2']])
  })
  it('leaves out what learned from a teacher', () => {
    const taught = row('taught', 'star', 0.35, { config: config('distillation') })
    expect(preparePaper('passage', [taught, ...runs], true).map(({ run }) => run?.id ?? null)).toEqual(rows.map(({ run }) => run?.id ?? null))
  })
  it('calls a value agreeing within the tolerance or its own interval, and says nothing of other queries', () => {
    expect(rows.map(({ cells }) => cells[0].verdict)).toEqual(['agrees', 'none', 'below', 'below', 'none', 'below'])
    expect(preparePaper('passage', [row('w', 'in-batch', 0.272)], true)[0].cells[0].verdict).toBe('agrees') // 0.264 lies in its interval
    expect(preparePaper('passage', [row('w', 'in-batch', 0.3)], true)[0].cells[0].verdict).toBe('above')
    expect(rows[0].cells[2]).toMatchObject({ ours: null, verdict: 'none' }) // NDCG@10 was published for TREC DL 2019, and this run was not judged on test
    const tested = (n: number) => row('t', 'in-batch', 0.3, { tests: [{ id: 'e', checkpointStep: 900, split: 'test', measures: { 'NDCG@10': 0.58 }, n }] })
    expect(preparePaper('passage', [tested(43)], true)[0].cells[2]).toMatchObject({ ours: 0.58, verdict: 'agrees' })
    expect(preparePaper('passage', [tested(200)], true)[0].cells[2].verdict).toBe('other')
    expect(preparePaper('passage', runs, false)[0].cells[0].verdict).toBe('other')
  })
  it('takes RR for MRR@100 where that was not computed, and says so', () => {
    expect(preparePaper('document', runs, true)[0].cells[0]).toMatchObject({ standIn: 'RR', ours: 0.278 })
  })
  it('says which claims hold, and which cannot be said', () => {
    const claims = prepareClaims(rows)
    const claim = (text: string) => claims.find((each) => each.text === text)
    expect(claim('ADORE improves STAR')).toMatchObject({ holds: true, ours: expect.closeTo(0.04, 6), published: expect.closeTo(0.007, 6), runIds: ['star', 'adore2'] })
    expect(claim('Static hard negatives beat random negatives')).toMatchObject({ holds: null, ours: null, runIds: null })
    expect(prepareClaims(preparePaper('passage', [row('s', 'star', 0.2), row('w', 'in-batch', 0.3)], true))[1]).toMatchObject({ holds: false, ours: expect.closeTo(-0.1, 6) })
  })
  it('asks for the runs of one model', () => {
    const filters = PAPER_MODELS.map((model) => filterOf(model, 'd'))
    expect(filters[0]).toBe('config.datasetId=d;state=succeeded;method=in-batch;config.distillation.loss!=margin-mse;config.distillation.loss!=kl;step>0')
    expect(filters[5]).toBe('config.datasetId=d;state=succeeded;method=adore;startmethod=star;config.distillation.loss!=margin-mse;config.distillation.loss!=kl;step>0')
  })
})

it('knows the paper’s collections by their counts', () => {
  const counts = { docs: 8_841_823, queries: { train: 1, dev: 6980, test: 0, lead: 0 }, positives: { train: 1, dev: 1, test: 0, lead: 0 } }
  expect(isPaperData('passage', counts)).toBe(true)
  expect(isPaperData('document', counts)).toBe(false)
  expect(isPaperData('passage', null)).toBe(false)
})

it('lists what explains most first', () => {
  const star = PAPER_MODELS.find((model) => model.id === 'star')!
  const counts = { docs: 50, queries: { train: 1, dev: 20, test: 0, lead: 0 }, positives: { train: 1, dev: 1, test: 0, lead: 0 } }
  const reasons = reasonsFor(star, row('star', 'star', 0.2, { startRunId: 'warm', startRunName: 'warm', config: { ...config('star'), start: { kind: 'run', runId: 'warm' } } }), 'passage', counts)
  expect(reasons.map(({ title }) => title)).toEqual(['Another collection', 'Less training', 'Another warm-up', expect.stringMatching(/settings other than the paper/), 'Chance'])
  expect(reasons[3].detail).toContain('Temperature 3, paper 1')
  expect(reasons[3].detail).not.toContain('Mining depth')
  const inBatch = reasonsFor(PAPER_MODELS[0], row('warm', 'in-batch', 0.2), 'passage', null)
  expect(inBatch[0].title).toBe('No pre-trained encoder')
})
