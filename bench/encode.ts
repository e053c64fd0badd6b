// `bench encode`: embedding a collection of real lengths, ours and PyTorch's in turn: in the original's order (as the texts come, padded to
// the longest of each batch) and sorted by length, as sentence-transformers does. Called by run.ts.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { permutation } from '@/server/random/random'
import { datasetLengths, importTexts, LENGTHS, MAX_TOKENS, type Lengths, type RealTexts } from './batches'
import { ourSide } from './side'
import { printSides, takeTurns, torchSides, Turn } from './sides'
import { SIZES, type Size } from './sizes'

/** Texts of a turn: enough for a thousand packs at the smallest size, a minute at the largest. */
const TEXTS: Record<Size, number> = { tiny: 8192, mini: 2048, base: 256 }

export async function benchEncode({ size, lengths, turns, json }: { size: string; lengths: string; turns: number; json: boolean }): Promise<void> {
  if (!(size in SIZES)) throw new Error(`--size ${size}: expected ${Object.keys(SIZES).join(', ')}`)
  if (!LENGTHS.includes(lengths as Lengths)) throw new Error(`--lengths ${lengths}: expected ${LENGTHS.join(', ')}`)
  const texts = TEXTS[size as Size]
  const all = lengths === 'full' ? Array<number>(texts).fill(MAX_TOKENS.docs) : (await datasetLengths(lengths as RealTexts)).docs
  const drawn = Array.from(permutation(all.length, 1).subarray(0, texts), (i) => all[i])
  const work = { architecture: SIZES[size as Size], lengths: drawn }
  const orders = (['original', 'sorted'] as const).flatMap((order) => torchSides('encode-step.py', { ...work, order }).map((side) => ({ ...side, name: `${side.name}, ${order} order` })))
  const result = await takeTurns([ourSide('encode-step.ts', { work, answer: Turn }), ...orders], turns)
  const [ours, ...pytorch] = result.sides
  if (json) return console.log(JSON.stringify({ size, lengths, texts, tokens: drawn.reduce((a, b) => a + b, 0), turns, load: result.load, ours, pytorch }, null, 2))
  printSides(`Encoding ${texts} texts, ${size}, lengths ${lengths}, ${turns} turns`, result)
}

const MODEL_TEXTS = 2048
const MODEL_MAX_TOKENS = 128

/** A real model from its folder: its tokenizer and its encoder over a data set's documents, ours and sentence-transformers' in turn. */
export async function benchModel({ model, lengths, turns, json }: { model: string; lengths: string; turns: number; json: boolean }): Promise<void> {
  if (lengths === 'full' || !LENGTHS.includes(lengths as Lengths)) throw new Error(`--lengths ${lengths}: --model needs texts, so expected ${LENGTHS.slice(1).join(', ')}`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-'))
  try {
    await importTexts(lengths as RealTexts, folder)
    const { docs, close } = openDataset(folder)
    const texts = Array.from(permutation(docs.count, 1).subarray(0, MODEL_TEXTS), (row) => docs.get(row))
    close()
    const work = { model: path.resolve(model), texts, maxTokens: MODEL_MAX_TOKENS }
    const result = await takeTurns([ourSide('encode-model-step.ts', { work, answer: Turn }), ...torchSides('encode-model-step.py', work).map((side) => ({ ...side, name: `sentence-transformers, ${side.name}` }))], turns)
    const [ours, ...others] = result.sides
    if (json) return console.log(JSON.stringify({ model, lengths, texts: texts.length, turns, load: result.load, ours, sentenceTransformers: others }, null, 2))
    printSides(`Tokenising and encoding ${texts.length} texts of ${lengths}, ${path.basename(work.model)}, ${turns} turns`, result)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}
