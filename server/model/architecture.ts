// The shape of an encoder and the table of its weights, with Hugging Face's names: RoBERTa or BERT, pooling, and a head.
// encoder-graph.ts builds graphs over it, weights.ts lays it out in memory, model-config.ts reads and writes it as config.json.
import type { EncoderConfig, Pooling, Towers } from '@/contract/run'

export interface Architecture {
  /** One encoder for queries and documents, or one each. */
  towers: Towers
  /** Decides the prefix of weight names, how positions are numbered and what the padding row of a table is. */
  family: 'roberta' | 'bert'
  vocabSize: number
  layers: number
  hidden: number
  heads: number
  ffn: number
  pooling: Pooling
  /** What stands between pooling and the embedding: DRhard's embeddingHead (linear) and norm (LayerNorm), or nothing (dim = hidden). */
  head: 'dense-norm' | 'none'
  /** Embeddings are scaled to length 1. */
  normalise: boolean
  /** Dimension of the embedding. */
  dim: number
  /** Rows of the position table. */
  positions: number
  /** Rows of the token type table; every token has type 0. */
  tokenTypes: number
  layerNormEpsilon: number
  /** Ids that the tokenizer puts round a text, and the one that pads. */
  specials: { begin: number; end: number; padding: number }
}

export const ROBERTA_SPECIALS = { begin: 0, end: 2, padding: 1 } as const

/** The architecture of a run's encoder: RobertaDot of DRhard, its position table just long enough for its longest text. */
export function architectureOf(encoder: EncoderConfig): Architecture {
  const { vocabSize, layers, hidden, heads, ffn, dim, pooling, towers, maxQueryTokens, maxDocTokens } = encoder
  const shape = { vocabSize, layers, hidden, heads, ffn, dim, pooling, layerNormEpsilon: 1e-5 }
  const positions = Math.max(maxQueryTokens, maxDocTokens) + ROBERTA_SPECIALS.padding + 1
  return { towers, family: 'roberta', ...shape, head: 'dense-norm', normalise: false, positions, tokenTypes: 1, specials: ROBERTA_SPECIALS }
}

/** The position id of a sequence's first token: RoBERTa counts from behind its padding id, BERT from 0. */
export function firstPosition(a: Architecture): number {
  return a.family === 'roberta' ? a.specials.padding + 1 : 0
}

/** The longest sequence, special tokens included, that the position table holds. */
export function longestSequence(a: Architecture): number {
  return a.positions - firstPosition(a)
}

export interface WeightSpec {
  name: string
  shape: readonly number[]
  kind: 'embedding' | 'matrix' | 'bias' | 'gain'
  /** Weight decay applies; as in DRhard, to everything but names with "bias" or "LayerNorm.weight" (so `norm.weight` decays). */
  decayed: boolean
}

export type Side = 'query' | 'doc'

/** Prefix of the names of one side's weights inside a model. */
export function towerPrefix(a: Architecture, side: Side): string {
  return a.towers === 'shared' ? '' : `${side}.`
}

/** Every weight of the model: of its one encoder, or of both under `query.` and `doc.`. */
export function modelSpecs(a: Architecture): WeightSpec[] {
  if (a.towers === 'shared') return weightSpecs(a)
  return (['query', 'doc'] as const).flatMap((side) => weightSpecs(a).map((spec) => ({ ...spec, name: towerPrefix(a, side) + spec.name })))
}

/** Every weight of one encoder, in the order of the model. */
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
  const embeddings = `${a.family}.embeddings`
  add(`${embeddings}.word_embeddings.weight`, 'embedding', a.vocabSize, a.hidden)
  add(`${embeddings}.position_embeddings.weight`, 'embedding', a.positions, a.hidden)
  add(`${embeddings}.token_type_embeddings.weight`, 'embedding', a.tokenTypes, a.hidden)
  layerNorm(`${embeddings}.LayerNorm`, a.hidden)
  for (let i = 0; i < a.layers; i++) {
    const layer = `${a.family}.encoder.layer.${i}`
    for (const part of ['query', 'key', 'value']) linear(`${layer}.attention.self.${part}`, a.hidden, a.hidden)
    linear(`${layer}.attention.output.dense`, a.hidden, a.hidden)
    layerNorm(`${layer}.attention.output.LayerNorm`, a.hidden)
    linear(`${layer}.intermediate.dense`, a.ffn, a.hidden)
    linear(`${layer}.output.dense`, a.hidden, a.ffn)
    layerNorm(`${layer}.output.LayerNorm`, a.hidden)
  }
  if (a.head === 'dense-norm') {
    linear('embeddingHead', a.dim, a.hidden)
    layerNorm('norm', a.dim)
  }
  return specs
}
