// Whole training runs against those that the original's code made: AdamW over three steps, star/train.py and adore/train.py to the end.
import path from 'node:path'
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { openEncoder } from '@/server/model/encode'
import { readSafetensors } from '@/server/model/safetensors'
import { viewsOf } from '@/server/model/weights'
import { openExactSearch } from '@/server/search/exact'
import { GOLDEN_ARCHITECTURE, goldenCollection, goldenPairOptions, goldenState, openGoldenAdoreTrainer, openSearchingAdoreTrainer, pairBatchOf, readGolden, type GoldenBatch } from '@/tests/fixtures/golden-model'
import { describeShared } from '@/tests/shared-data'
import type { TrainState } from './state'
import { adoreFeeds, appendPositives } from './losses/adore'
import { pairMasks } from './losses/pairwise'
import { openHostTrainer } from './host-trainer'
import { openResidentTrainer } from './resident-trainer'
import { learningRateAt } from './schedule'

/** Per tensor: the largest difference, at most `tolerance`. Of a key's bias only rounding is left, which Adam scales up: it is left out. */
function expectWeights(state: TrainState, file: string, tolerance: (name: string) => number): void {
  const ours = viewsOf(state.layout, state.weights)
  for (const [name, golden] of readSafetensors(file)) {
    if (name.endsWith('key.bias')) continue
    const worst = golden.data.reduce((a, b, i) => Math.max(a, Math.abs(b - ours.get(name)!.data[i])), 0)
    expect(worst, name).toBeLessThan(tolerance(name))
  }
}

describeShared('training of the original', 'goldens/drhard', (root) => {
  const texts = readGolden<{ query: number[][]; doc: number[][] }>(root, 'sequence_dataset.json')
  const relevant = new Map<number, number[]>()
  for (const line of fs.readFileSync(path.join(root, 'cache/train-qrel.tsv'), 'utf8').trim().split('\n')) {
    const [query, , doc] = line.split('\t').map(Number)
    relevant.set(query, [...(relevant.get(query) ?? []), doc])
  }

  // the resident trainer makes all steps in one call, in a loop that carries weights and moments
  const trainers = { host: openHostTrainer, resident: openResidentTrainer }
  const kinds = (Object.keys(trainers) as (keyof typeof trainers)[]).flatMap((where) => (['adamw', 'lamb'] as const).map((optimizer) => [where, optimizer] as const))

  test.each(kinds)('%s trainer: three steps of %s: losses, gradient norms, weights', async (where, optimizer) => {
    const recorded = readGolden<{ trace_f64: { loss: number; grad_norm_before_clip: number; lr: number }[]; max_abs_diff_f32_vs_f64: Record<string, number> }>(root, `optim/${optimizer}.json`)
    const batches = readGolden<{ batch: GoldenBatch }[]>(root, 'batches.json')
    const state = goldenState(root)
    const trainer = await trainers[where](goldenPairOptions(state, { optimizer }))
    const steps = recorded.trace_f64.map(({ lr }, step) => {
      const learningRate = learningRateAt(step, { schedule: 'linear', steps: 10, warmupShare: 0.2, learningRate: 1e-3 })
      expect(learningRate).toBeCloseTo(lr, 12)
      return { batches: [pairBatchOf(batches[step].batch, { inBatch: true, others: true, masked: true })], step, learningRate }
    })
    const reports = await trainer.steps(steps)
    for (const [step, { loss, grad_norm_before_clip }] of recorded.trace_f64.entries()) {
      expect(reports[step].loss / loss).toBeCloseTo(1, 5)
      expect(reports[step].gradientNorm / grad_norm_before_clip).toBeCloseTo(1, 5)
    }
    await trainer.close()
    // twice what the original in single precision differs from itself in double, where that is more than rounding
    expectWeights(state, path.join(root, `optim/${optimizer}_after3.safetensors`), (name) => Math.max(2 * recorded.max_abs_diff_f32_vs_f64[name], 2e-6))
  })

  test.each(kinds)('%s trainer: star/train.py with %s, seven steps', async (where, optimizer) => {
    const trace = readGolden<{ batches: { qids: number[]; pids: number[]; hard: number[][] }[]; loss: number[]; grad_norm: number[] }>(root, `star_run/${optimizer}_trace.json`)
    const state = goldenState(root)
    const trainer = await trainers[where](goldenPairOptions(state, { optimizer }))
    const reports = await trainer.steps(
      trace.batches.map(({ qids, pids, hard }, step) => {
        const masks = pairMasks(pids, hard.flat(), (i, doc) => relevant.get(qids[i])!.includes(doc), { inBatch: true })
        const batch = { queries: qids.map((q) => texts.query[q]), docs: [...pids, ...hard.flat()].map((d) => texts.doc[d]), masks }
        return { batches: [batch], step, learningRate: learningRateAt(step, { schedule: 'linear', steps: 7, warmupShare: 2 / 7, learningRate: 1e-3 }) }
      }),
    )
    for (const [step, { loss, gradientNorm }] of reports.entries()) {
      expect(loss / trace.loss[step], `step ${step}`).toBeCloseTo(1, 4)
      expect(gradientNorm / trace.grad_norm[step], `step ${step}`).toBeCloseTo(1, 3)
    }
    await trainer.close()
    expectWeights(state, path.join(root, `star_run/${optimizer}_final.safetensors`), () => 2e-5)
  })

  test('adore/train.py, two epochs', async () => {
    const { trace } = readGolden<{ trace: [string, number, number][] }>(root, 'adore/run_trace.json')
    const collection = goldenCollection(root)
    const state = goldenState(root)
    const trainer = await openGoldenAdoreTrainer(state, collection)
    const encoder = await openEncoder(GOLDEN_ARCHITECTURE, viewsOf(state.layout, state.weights), { threads: 1 })
    const search = await openExactSearch(collection, { dim: 32, k: 10, threads: 1 })
    for (let step = 0; step < 6; step++) {
      const qids = Array.from({ length: 8 }, (_, i) => (8 * step + i) % 24)
      const queries = qids.map((q) => texts.query[q])
      const top = await search.search(await encoder.encode(queries))
      const lists = qids.map((q, i) => appendPositives(top.docs.subarray(i * top.k, (i + 1) * top.k), relevant.get(q)!))
      const [report] = await trainer.steps([{ batches: [{ queries, feeds: adoreFeeds(lists, 10) }], step, learningRate: learningRateAt(step, { schedule: 'linear', steps: 6, warmupShare: 2 / 6, learningRate: 1e-3 }) }])
      const recorded = trace.find(([name, , at]) => name === 'train/all_loss' && at === step + 1)![1]
      expect(report.loss / recorded, `step ${step}`).toBeCloseTo(1, 4)
    }
    await Promise.all([trainer.close(), encoder.close(), search.close()])
    expectWeights(state, path.join(root, 'adore/run_final.safetensors'), () => 2e-5)
  })

  test('adore/train.py, two epochs in one call, searched in the graph', async () => {
    const { trace } = readGolden<{ trace: [string, number, number][] }>(root, 'adore/run_trace.json')
    const state = goldenState(root)
    const trainer = await openSearchingAdoreTrainer(state, goldenCollection(root))
    const steps = Array.from({ length: 6 }, (_, step) => {
      const qids = Array.from({ length: 8 }, (_, i) => (8 * step + i) % 24)
      const batch = { queries: qids.map((q) => texts.query[q]), relevant: qids.map((q) => relevant.get(q)!) }
      return { batches: [batch], step, learningRate: learningRateAt(step, { schedule: 'linear', steps: 6, warmupShare: 2 / 6, learningRate: 1e-3 }) }
    })
    const reports = await trainer.steps(steps)
    reports.forEach(({ loss }, step) => expect(loss / trace.find(([name, , at]) => name === 'train/all_loss' && at === step + 1)![1], `step ${step}`).toBeCloseTo(1, 4))
    await trainer.close()
    expectWeights(state, path.join(root, 'adore/run_final.safetensors'), () => 2e-5)
  })
})
