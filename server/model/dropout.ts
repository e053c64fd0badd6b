// Dropout in training: where an encoder drops, and the random keys of one pass. The graph makes its masks from these keys, so the same
// seed drops the same values, whatever the threads, in a resumed run and when a chunk is computed twice.
import type { TensorData } from '@/server/graph/session'
import { mixSeed, randomBits } from '@/server/random/random'
import type { Architecture } from './architecture'
import type { Pack } from './pack'

/** Shares of values that are dropped: hidden ones (embeddings, attention output, feed-forward output), and attention weights. */
export interface Dropout {
  hidden: number
  attention: number
}

export const NO_DROPOUT: Dropout = { hidden: 0, attention: 0 }

export const drops = ({ hidden, attention }: Dropout) => hidden > 0 || attention > 0

interface Site {
  name: string
  kind: 'hidden' | 'attention'
  /** Works on first tokens alone (encoder-graph.ts). */
  onlyFirst: boolean
}

/** The sites of Hugging Face's BertModel, in the order of the model; none where their rate is 0. */
export function dropoutSites(a: Architecture, dropout: Dropout): Site[] {
  const sites: Site[] = [{ name: 'embeddings', kind: 'hidden', onlyFirst: false }]
  for (let i = 0; i < a.layers; i++) {
    const onlyFirst = a.pooling === 'first' && i === a.layers - 1
    sites.push({ name: `attention ${i}`, kind: 'attention', onlyFirst }, { name: `attended ${i}`, kind: 'hidden', onlyFirst }, { name: `output ${i}`, kind: 'hidden', onlyFirst })
  }
  return sites.filter((site) => dropout[site.kind] > 0)
}

/** Shapes of a site's keys; sizes are numbers, or names where a graph is built. Together they broadcast to what is dropped from. */
export function keyShapes<D>(a: Architecture, { kind, onlyFirst }: Site, { tokens, sequences, longest }: { tokens: D; sequences: D; longest: D }): { rows: (D | number)[]; columns: (D | number)[] } {
  if (kind === 'hidden') return { rows: [onlyFirst ? sequences : tokens, 1], columns: [1, a.hidden] }
  return { rows: [sequences, a.heads, onlyFirst ? 1 : longest, 1], columns: [1, 1, 1, longest] }
}

/** Keys of every site for one pass over a pack, as inputs `<prefix>.<site>.rows` and `.columns`. */
export function dropoutFeeds(a: Architecture, dropout: Dropout, prefix: string, pack: Pack, seed: number): Record<string, TensorData> {
  const feeds: Record<string, TensorData> = {}
  dropoutSites(a, dropout).forEach((site, i) => {
    const bits = randomBits(mixSeed(seed, i))
    const { rows, columns } = keyShapes<number>(a, site, pack)
    const keys = (shape: number[]) => ({ data: Int32Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => bits() | 1), shape })
    feeds[`${prefix}.${site.name}.rows`] = keys(rows)
    feeds[`${prefix}.${site.name}.columns`] = keys(columns)
  })
  return feeds
}
