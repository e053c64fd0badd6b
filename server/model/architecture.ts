// The shape of an encoder and the table of its weights, with Hugging Face's names (RobertaDot of DRhard: RoBERTa, embeddingHead, norm).
// roberta.ts builds graphs over it, weights.ts lays it out in memory, safetensors.ts stores it.
import type { EncoderConfig, Pooling } from '@/contract/run'

export interface Architecture {
  vocabSize: number
  layers: number
  hidden: number
  heads: number
  ffn: number
  /** Dimension of the embedding. */
  dim: number
  pooling: Pooling
  /** Rows of the position table; position ids start at PAD_ID + 1. */
  positions: number
  layerNormEpsilon: number
}

export const BOS_ID = 0
export const PAD_ID = 1
export const EOS_ID = 2

/** The architecture of a run's encoder: its position table is just long enough for its longest text. */
export function architectureOf(encoder: EncoderConfig): Architecture {
  const { vocabSize, layers, hidden, heads, ffn, dim, pooling, maxQueryTokens, maxDocTokens } = encoder
  return { vocabSize, layers, hidden, heads, ffn, dim, pooling, positions: Math.max(maxQueryTokens, maxDocTokens) + PAD_ID + 1, layerNormEpsilon: 1e-5 }
}

export interface WeightSpec {
  name: string
  shape: readonly number[]
  kind: 'embedding' | 'matrix' | 'bias' | 'gain'
  /** Weight decay applies; as in DRhard, to everything but names with "bias" or "LayerNorm.weight" (so `norm.weight` decays). */
  decayed: boolean
}

/** Every weight of the encoder, in the order of the model. */
export function weightSpecs(a: Architecture): WeightSpec[] {
  const specs: WeightSpec[] = []
  const add = (name: string, kind: WeightSpec['kind'], ...shape: number[]) => specs.push({ name, shape, kind, decayed: !/bias|LayerNorm\.weight/.test(name) })
  const linear = (name: string, out: number, inner: number) => {
    add(`${name}.weight`, 'matrix', out, inner)
    add(`${name}.bias`, 'bias', out)
  }
  const layerNorm = (name: string, width: number) => {
    add(`${name}.weight`, 'gain', width)
    add(`${name}.bias`, 'bias', width)
  }
  add('roberta.embeddings.word_embeddings.weight', 'embedding', a.vocabSize, a.hidden)
  add('roberta.embeddings.position_embeddings.weight', 'embedding', a.positions, a.hidden)
  add('roberta.embeddings.token_type_embeddings.weight', 'embedding', 1, a.hidden)
  layerNorm('roberta.embeddings.LayerNorm', a.hidden)
  for (let i = 0; i < a.layers; i++) {
    const layer = `roberta.encoder.layer.${i}`
    for (const part of ['query', 'key', 'value']) linear(`${layer}.attention.self.${part}`, a.hidden, a.hidden)
    linear(`${layer}.attention.output.dense`, a.hidden, a.hidden)
    layerNorm(`${layer}.attention.output.LayerNorm`, a.hidden)
    linear(`${layer}.intermediate.dense`, a.ffn, a.hidden)
    linear(`${layer}.output.dense`, a.hidden, a.ffn)
    layerNorm(`${layer}.output.LayerNorm`, a.hidden)
  }
  linear('embeddingHead', a.dim, a.hidden)
  layerNorm('norm', a.dim)
  return specs
}
