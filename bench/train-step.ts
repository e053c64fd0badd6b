// Our side of `bench train`: makes a training step (on a GPU as many as one call makes) for every line on standard input and answers with its milliseconds.
import readline from 'node:readline'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { Graph } from '@/server/graph/graph'
import { openSession, type ChosenDevice, type GraphSession, type TensorData } from '@/server/graph/session'
import type { Architecture } from '@/server/model/architecture'
import { initialiseWeights } from '@/server/model/weights'
import { uniform } from '@/server/random/random'
import type { TrainConfig } from '@/contract/run'
import { chunkCountsOf } from '@/server/train/chunks'
import { pairMasks } from '@/server/train/losses/pairwise'
import { estimateTrainingMemory } from '@/server/train/memory'
import { pairObjective } from '@/server/train/objective'
import { createState } from '@/server/train/state'
import { openTrainer } from '@/server/train/trainer'
import type { BatchLengths } from './batches'
import { peakMb } from './timing'

const THREADS = 2
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { architecture, batches: lengths, device, precision } = JSON.parse((await lines.next()).value as string) as { architecture: Architecture; batches: BatchLengths[]; device: ChosenDevice; precision: TrainConfig['precision'] }

const draw = uniform(2)
const texts = (counts: number[]) => counts.map((length) => Int32Array.from({ length }, () => 3 + Math.floor(draw() * (architecture.vocabSize - 3))))
const batches = lengths.map(({ queries, docs }) => {
  const all = docs.map((_, i) => i)
  return { queries: texts(queries), docs: texts(docs), masks: pairMasks(all.slice(0, queries.length), all.slice(queries.length), () => false, { inBatch: true }) }
})
const mean = (counts: number[]) => counts.reduce((a, b) => a + b, 0) / counts.length
const side = (pick: (l: BatchLengths) => number[]) => ({ texts: pick(lengths[0]).length, meanTokens: mean(lengths.flatMap(pick)), longestTokens: Math.max(...lengths.flatMap(pick)) })
const [queries, docs] = [side((l) => l.queries), side((l) => l.docs)]
const estimate = estimateTrainingMemory({ architecture, settings: TRAIN_DEFAULTS, queries, docs })

const probe = device === 'cpu' ? await openProductProbe() : async () => 0
let gemmGflops = 0
const state = createState(architecture)
initialiseWeights(state.layout, state.weights, 1)
const trainer = await openTrainer({
  architecture,
  state,
  objective: pairObjective({ temperature: 1, falseNegativeShare: 0, distillation: null }),
  settings: { ...TRAIN_DEFAULTS, precision },
  seed: 1,
  threads: THREADS,
  device,
  chunks: chunkCountsOf({ queries, docs }, { device, cachedChunkTokens: 0 }),
})

const count = trainer.stepsAtOnce // on a GPU many steps are one call: a turn is so many, and its time is that of one
for (let from = 0; !(await lines.next()).done; from += count) {
  const steps = Array.from({ length: count }, (_, i) => from + i)
  const started = performance.now()
  await trainer.steps(steps.map((step) => ({ batches: [batches[step % batches.length]], step, learningRate: 1e-4 })))
  const ms = (performance.now() - started) / count
  gemmGflops = Math.max(gemmGflops, await probe()) // in every turn: the machine's rate moves with what else it carries
  const gflop = mean(steps.map((step) => gflopOf(lengths[step % lengths.length])))
  console.log(JSON.stringify({ ms, peakMb: peakMb(), estimatedMb: estimate.totalBytes / 2 ** 20, gemmGflops, gflop }))
}

/** Floating-point operations of a step's matrix products, in thousand millions: forward, and twice that backward. */
function gflopOf({ queries, docs }: BatchLengths): number {
  const { layers, heads, hidden: H, ffn } = architecture
  let multiplyAdds = 0
  for (const side of [queries, docs]) {
    for (const L of side) {
      const attention = 2 * L * L * H
      const full = L * (4 * H * H + 2 * H * ffn) + attention
      const last = 4 * H * H + 2 * H * ffn + 2 * L * heads * H // the first token's, attention included
      multiplyAdds += (layers - 1) * full + last
    }
  }
  return (3 * 2 * multiplyAdds) / 1e9
}

/** A function that answers with the best rate of one product of this width, over several row counts: what the machine gives at that time. */
async function openProductProbe(): Promise<() => Promise<number>> {
  const { hidden, ffn } = architecture
  const feed = (shape: [number, number]) => ({ data: new Float32Array(shape[0] * shape[1]).fill(0.1), shape })
  const products: { rows: number; session: GraphSession; feeds: Record<string, TensorData>; y: TensorData }[] = []
  for (const rows of [240, 480, 960]) {
    const g = new Graph()
    g.output('y', g.matMul(g.input('x', [rows, hidden]), g.input('w', [ffn, hidden]), { transB: true }))
    products.push({ rows, session: await openSession(g, { threads: THREADS }), feeds: { x: feed([rows, hidden]), w: feed([ffn, hidden]) }, y: feed([rows, ffn]) })
  }
  return async () => {
    let best = 0
    for (const { rows, session, feeds, y } of products)
      for (let i = 0; i < 10; i++) {
        const started = performance.now()
        await session.run(feeds, { y })
        best = Math.max(best, (2 * rows * hidden * ffn) / 1e6 / (performance.now() - started))
      }
    return best
  }
}
