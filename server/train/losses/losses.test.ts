// Losses, gradients and ADORE's ranking loss against what the original computed (../shared/goldens/drhard).
import { expect, test } from 'vitest'
import { readSafetensors } from '@/server/model/safetensors'
import { viewsOf } from '@/server/model/weights'
import { goldenCollection, goldenState, openGoldenAdoreTrainer, openGoldenPairTrainer, pairBatchOf, readGolden, type GoldenBatch } from '@/tests/fixtures/golden-model'
import { describeShared } from '@/tests/shared-data'
import { adoreFeeds, appendPositives } from './adore'

describeShared('losses of the original', 'goldens/drhard', (root) => {
  const batches = readGolden<{ batch: GoldenBatch }[]>(root, 'batches.json').map(({ batch }) => batch)
  const losses = readGolden<Record<string, { f64: number }[]>>(root, 'losses.json')

  const variants = {
    star: { inBatch: true, others: true, masked: true },
    star_nomask: { inBatch: true, others: true, masked: false },
    inbatch: { inBatch: true, others: false, masked: true },
    inbatch_nomask: { inBatch: true, others: false, masked: false },
    randneg: { inBatch: false, others: true, masked: true },
    randneg_nomask: { inBatch: false, others: true, masked: false },
  }
  test.each(Object.entries(variants))('%s', async (name, use) => {
    const trainer = await openGoldenPairTrainer(goldenState(root))
    for (const [i, b] of batches.entries()) {
      const { loss } = await trainer.evaluate([pairBatchOf(b, use)], 0)
      expect(loss / losses[name][i].f64).toBeCloseTo(1, 5)
    }
    await trainer.close()
  })

  // 200 tokens: five pieces of documents and one of queries
  test.each([
    ['in one graph', { cachedChunkTokens: 0 }],
    ['with cached gradients', { cachedChunkTokens: 40 }],
  ])('the full gradient of STAR, every weight, %s', async (_how, settings) => {
    const state = goldenState(root)
    const trainer = await openGoldenPairTrainer(state, settings)
    await trainer.evaluate([pairBatchOf(batches[0], variants.star)], 0)
    const ours = viewsOf(state.layout, state.gradients)
    for (const [name, golden] of readSafetensors(`${root}/grad_star_b0.safetensors`)) {
      const largest = golden.data.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
      const worst = golden.data.reduce((a, b, i) => Math.max(a, Math.abs(b - ours.get(name)!.data[i])), 0)
      // a key's bias has no influence in exact arithmetic: only rounding is left of its gradient
      expect(worst, name).toBeLessThan(name.endsWith('key.bias') ? 1e-5 : 1e-4 * largest)
    }
    await trainer.close()
  })

  test('ADORE: appended positives, loss and gradient norms', async () => {
    const { cases } = readGolden<{
      cases: { qids: number[]; neg_topk: number; metric_cut: number | null; batch_loss: number; grad_norms: Record<string, number>; queries: { retrieved: number[]; rel: number[]; loss: string }[] }[]
    }>(root, 'adore/cases.json')
    const texts = readGolden<{ query: number[][] }>(root, 'sequence_dataset.json').query
    const state = goldenState(root)
    const trainer = await openGoldenAdoreTrainer(state, goldenCollection(root))
    let compared = 0
    for (const { qids, neg_topk, metric_cut, queries, batch_loss, grad_norms } of cases) {
      if (metric_cut === null) continue // the original's loss is then 0 for lack of a cut; ours requires one
      const lists = queries.map((q) => appendPositives(Int32Array.from(q.retrieved.slice(0, neg_topk)), q.rel))
      expect(lists.map((l) => Array.from(l.docs))).toEqual(queries.map((q) => q.retrieved))
      for (const [i, q] of queries.entries()) {
        const { loss } = await trainer.evaluate([{ queries: [texts[qids[i]]], feeds: adoreFeeds([lists[i]], metric_cut) }], 0)
        expect(loss / Number(q.loss), `query ${qids[i]}`).toBeCloseTo(1, 4)
        compared++
      }
      const { loss } = await trainer.evaluate([{ queries: qids.map((q) => texts[q]), feeds: adoreFeeds(lists, metric_cut) }], 0)
      expect(loss / batch_loss).toBeCloseTo(1, 5)
      for (const [name, { data }] of viewsOf(state.layout, state.gradients)) {
        const norm = Math.hypot(...data)
        if (name.endsWith('key.bias')) expect(norm, name).toBeLessThan(1e-5)
        else expect(norm / grad_norms[name], name).toBeCloseTo(1, 3)
      }
    }
    expect(compared).toBe(19)
    await trainer.close()
  })
})
