// Our side of `bench train`: makes one training step for every line on standard input and answers with its milliseconds.
import readline from 'node:readline'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { initialiseWeights } from '@/server/model/weights'
import { uniform } from '@/server/random/random'
import { createState } from '@/server/train/state'
import { chunksFor } from '@/server/train/chunks'
import { pairMasks } from '@/server/train/losses/pairwise'
import { pairObjective } from '@/server/train/objective'
import { openTrainer } from '@/server/train/trainer'
import { BATCH, SIZES, type Size } from './sizes'

const architecture = SIZES[process.argv[2] as Size]
const state = createState(architecture)
initialiseWeights(state.layout, state.weights, 1)
const trainer = await openTrainer({
  architecture,
  state,
  objective: pairObjective({ temperature: 1, falseNegativeShare: 0, distillation: 0 }),
  settings: TRAIN_DEFAULTS,
  seed: 1,
  threads: 2,
  chunks: { queries: chunksFor(BATCH.queries, BATCH.queryTokens), docs: chunksFor(BATCH.docs, BATCH.docTokens) },
})

const draw = uniform(2)
const rows = (count: number, length: number) => Array.from({ length: count }, () => Int32Array.from({ length }, () => 3 + Math.floor(draw() * (architecture.vocabSize - 3))))
const docs = Array.from({ length: BATCH.docs }, (_, i) => i)
const masks = pairMasks(docs.slice(0, BATCH.queries), docs.slice(BATCH.queries), () => false, { inBatch: true })
const batch = { queries: rows(BATCH.queries, BATCH.queryTokens), docs: rows(BATCH.docs, BATCH.docTokens), masks }

let step = 0
for await (const _ of readline.createInterface({ input: process.stdin })) {
  const started = performance.now()
  await trainer.step([batch], { step, learningRate: 1e-4 })
  step++
  console.log(JSON.stringify({ ms: performance.now() - started, memoryMb: process.memoryUsage.rss() / 2 ** 20 }))
}
