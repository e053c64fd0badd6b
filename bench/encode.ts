// `bench encode`: embedding a collection of real lengths, ours and PyTorch's in turn: in the original's order (as the texts come, padded to
// the longest of each batch) and sorted by length, as sentence-transformers does. Called by run.ts.
import { permutation } from '@/server/random/random'
import { datasetLengths, LENGTHS, MAX_TOKENS, type Lengths } from './batches'
import { ourSide } from './side'
import { printSides, takeTurns, torchSides, Turn } from './sides'
import { SIZES, type Size } from './sizes'

/** Texts of a turn: enough for a thousand packs at the smallest size, a minute at the largest. */
const TEXTS: Record<Size, number> = { tiny: 8192, mini: 2048, base: 256 }

export async function benchEncode({ size, lengths, turns, json }: { size: string; lengths: string; turns: number; json: boolean }): Promise<void> {
  if (!(size in SIZES)) throw new Error(`--size ${size}: expected ${Object.keys(SIZES).join(', ')}`)
  if (!LENGTHS.includes(lengths as Lengths)) throw new Error(`--lengths ${lengths}: expected ${LENGTHS.join(', ')}`)
  const texts = TEXTS[size as Size]
  const all = lengths === 'full' ? Array<number>(texts).fill(MAX_TOKENS.docs) : (await datasetLengths(lengths as Exclude<Lengths, 'full'>)).docs
  const drawn = Array.from(permutation(all.length, 1).subarray(0, texts), (i) => all[i])
  const work = { architecture: SIZES[size as Size], lengths: drawn }
  const orders = (['original', 'sorted'] as const).flatMap((order) => torchSides('encode-step.py', { ...work, order }).map((side) => ({ ...side, name: `${side.name}, ${order} order` })))
  const result = await takeTurns([ourSide('encode-step.ts', { work, answer: Turn }), ...orders], turns)
  const [ours, ...pytorch] = result.sides
  if (json) return console.log(JSON.stringify({ size, lengths, texts, tokens: drawn.reduce((a, b) => a + b, 0), turns, load: result.load, ours, pytorch }, null, 2))
  printSides(`Encoding ${texts} texts, ${size}, lengths ${lengths}, ${turns} turns`, result)
}
