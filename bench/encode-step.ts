// Our side of `bench encode`: embeds the collection once for every line on standard input.
import readline from 'node:readline'
import { weightSpecs, type Architecture } from '@/server/model/architecture'
import { openEncoder } from '@/server/model/encode'
import { initialiseWeights, layoutOf, viewsOf } from '@/server/model/weights'
import { uniform } from '@/server/random/random'
import { peakMb } from './timing'

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { architecture, lengths } = JSON.parse((await lines.next()).value as string) as { architecture: Architecture; lengths: number[] }
const layout = layoutOf(weightSpecs(architecture))
const weights = new Float32Array(layout.size)
initialiseWeights(layout, weights, 1)
const draw = uniform(2)
const texts = lengths.map((length) => Int32Array.from({ length }, () => 3 + Math.floor(draw() * (architecture.vocabSize - 3))))
const encoder = await openEncoder(architecture, viewsOf(layout, weights), { threads: 2 })
while (!(await lines.next()).done) {
  const started = performance.now()
  await encoder.encode(texts)
  const ms = performance.now() - started
  console.log(JSON.stringify({ ms, peakMb: peakMb() }))
}
