// The encoder sizes that training and encoding are benchmarked at.
import { ROBERTA_SPECIALS, type Architecture } from '@/server/model/architecture'

const shape = (layers: number, hidden: number, heads: number, vocabSize: number): Architecture => ({
  towers: 'shared',
  family: 'roberta',
  vocabSize,
  layers,
  hidden,
  heads,
  ffn: 4 * hidden,
  dim: hidden,
  pooling: 'first',
  head: 'dense-norm',
  normalise: false,
  tokenTypes: 1,
  specials: ROBERTA_SPECIALS,
  positions: 514,
  layerNormEpsilon: 1e-5,
})

/** mini is MiniLM-L6's shape, base RoBERTa-base's. */
export const SIZES = { tiny: shape(2, 128, 2, 8_000), mini: shape(6, 384, 12, 30_000), base: shape(12, 768, 12, 50_000) }
export type Size = keyof typeof SIZES
