// Losses, gradients and ADORE's ranking loss against what the original computed (../shared/goldens/drhard).
import fs from 'node:fs'
import { expect, test } from 'vitest'
import type { Architecture } from '@/server/model/architecture'
import { readSafetensors } from '@/server/model/safetensors'
import { viewsOf } from '@/server/model/weights'
import { describeShared, sharedPath } from '@/tests/shared-data'
import { createState } from '../adamw'
import { layoutFor, openAdoreTrainer, openPairTrainer } from '../trainer'
import { adoreFeeds, appendPositives } from './adore'

const architecture: Architecture = { vocabSize: 200, layers: 2, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'first', positions: 44, layerNormEpsilon: 1e-5 }

interface GoldenBatch {
  input_query_ids: number[][]
  query_attention_mask: number[][]
  input_doc_ids: number[][]
  doc_attention_mask: number[][]
  other_doc_ids: number[][][]
  other_doc_attention_mask: number[][][]
  rel_pair_mask: number[][]
  hard_pair_mask: number[][]
}

const real = (ids: number[][], mask: number[][]) => ids.map((row, i) => row.filter((_, j) => mask[i][j] === 1))
const flat = (x: number[][][]): number[][] => x.flat()

describeShared('losses of the original', 'goldens/drhard', () => {
  const root = sharedPath('goldens/drhard')!
  const json = (name: string) => JSON.parse(fs.readFileSync(`${root}/${name}`, 'utf8'))
  const batches: GoldenBatch[] = json('batches.json').map((b: { batch: GoldenBatch }) => b.batch)
  const losses = json('losses.json')

  function goldenState() {
    const layout = layoutFor(architecture)
    const state = createState(layout)
    const tensors = readSafetensors(`${root}/model/model.safetensors`)
    for (const [name, view] of viewsOf(layout, state.weights)) view.data.set(tensors.get(name)!.data)
    return state
  }

  /** Masks as the recorded batch has them: [others' positives | other documents | dummy]. */
  function toBatch(b: GoldenBatch, use: { inBatch: boolean; others: boolean; masked: boolean }) {
    const queries = real(b.input_query_ids, b.query_attention_mask)
    const docs = [...real(b.input_doc_ids, b.doc_attention_mask), ...real(flat(b.other_doc_ids), flat(b.other_doc_attention_mask))]
    const B = queries.length
    const shape: [number, number] = [B + 1, docs.length + 1]
    const own = new Float32Array(shape[0] * shape[1])
    const mask = new Float32Array(shape[0] * shape[1])
    for (let i = 0; i < B; i++)
      for (let j = 0; j < docs.length; j++) {
        const at = i * shape[1] + j
        if (j === i) own[at] = 1
        else if (j < B) mask[at] = use.inBatch ? (use.masked ? b.rel_pair_mask[i][j] : 1) : 0
        else mask[at] = use.others ? (use.masked ? b.hard_pair_mask[i][j - B] : 1) : 0
      }
    return { queries, docs, masks: { own, mask, shape } }
  }

  const variants = {
    star: { inBatch: true, others: true, masked: true },
    star_nomask: { inBatch: true, others: true, masked: false },
    inbatch: { inBatch: true, others: false, masked: true },
    inbatch_nomask: { inBatch: true, others: false, masked: false },
    randneg: { inBatch: false, others: true, masked: true },
    randneg_nomask: { inBatch: false, others: true, masked: false },
  }
  test.each(Object.entries(variants))('%s', async (name, use) => {
    const trainer = await openPairTrainer({ architecture, state: goldenState(), temperature: 1, weightDecay: 0, threads: 1 })
    for (const [i, b] of batches.entries()) {
      const { loss } = await trainer.evaluate(toBatch(b, use))
      expect(loss / losses[name][i].f64).toBeCloseTo(1, 5)
    }
    await trainer.close()
  })

  test('the full gradient of STAR, every weight', async () => {
    const state = goldenState()
    const trainer = await openPairTrainer({ architecture, state, temperature: 1, weightDecay: 0, threads: 1 })
    await trainer.evaluate(toBatch(batches[0], variants.star))
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
    const { cases } = json('adore/cases.json') as {
      cases: { qids: number[]; neg_topk: number; metric_cut: number | null; batch_loss: number; grad_norms: Record<string, number>; queries: { retrieved: number[]; rel: number[]; loss: string }[] }[]
    }
    const bytes = fs.readFileSync(`${root}/adore/passages.memmap`)
    const collection = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const texts: number[][] = json('sequence_dataset.json').query
    const state = goldenState()
    const trainer = await openAdoreTrainer({ architecture, state, temperature: 1, weightDecay: 0, threads: 1 }, collection)
    let compared = 0
    for (const { qids, neg_topk, metric_cut, queries, batch_loss, grad_norms } of cases) {
      if (metric_cut === null) continue // the original's loss is then 0 for lack of a cut; ours requires one
      const lists = queries.map((q) => appendPositives(Int32Array.from(q.retrieved.slice(0, neg_topk)), q.rel))
      expect(lists.map((l) => Array.from(l.docs))).toEqual(queries.map((q) => q.retrieved))
      for (const [i, q] of queries.entries()) {
        const { loss } = await trainer.evaluate({ queries: [texts[qids[i]]], feeds: adoreFeeds([lists[i]], metric_cut) })
        expect(loss / Number(q.loss), `query ${qids[i]}`).toBeCloseTo(1, 4)
        compared++
      }
      const { loss } = await trainer.evaluate({ queries: qids.map((q) => texts[q]), feeds: adoreFeeds(lists, metric_cut) })
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
