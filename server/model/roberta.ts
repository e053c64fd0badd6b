// The encoder as a graph: RoBERTa, pooling, embeddingHead, norm (RobertaDot of DRhard). encode.ts and train/ build on it.
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/onnx'
import type { Value } from '@/server/graph/ops'
import { PAD_ID, weightSpecs, type Architecture } from './architecture'
import type { Pack } from './pack'

export type WeightValues = ReadonlyMap<string, Value>

/** Declares every weight as a graph input under its own name. */
export function weightInputs(g: Graph, a: Architecture): WeightValues {
  return new Map(weightSpecs(a).map(({ name, shape }) => [name, g.input(name, shape)]))
}

/**
 * Embeddings of one pack, [B, dim]; the last row is the dummy's and must not reach a loss.
 * Inputs of the pack are declared as `<prefix>.ids` and so on: feed them with packFeeds.
 */
export function encoderGraph(g: Graph, a: Architecture, weights: WeightValues, prefix: string): Value {
  const w = (name: string) => weights.get(name)!
  const [T, B, L] = ['T', 'B', 'L'].map((dim) => `${prefix}.${dim}`)
  const input = (name: keyof Pack, shape: (string | number)[], dtype: 'f32' | 'i32') => g.input(`${prefix}.${name}`, shape, dtype)
  const slots = input('slots', [L, B], 'i32')
  const inverse = input('inverse', [T], 'i32')
  const mask = input('mask', [B, 1, 1, L], 'f32')
  const headDim = a.hidden / a.heads
  const linear = (x: Value, name: string) => g.linear(x, w(`${name}.weight`), w(`${name}.bias`))
  const norm = (x: Value, name: string) => g.layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), a.layerNormEpsilon)
  const spread = (x: Value) => g.takeRows(x, slots, inverse) // [T, H] -> [L, B, H]
  const flatSlots = g.reshape(slots, [`${prefix}.L*B`])
  const gatherBack = (x: Value) => g.takeRows(g.reshape(x, [`${prefix}.L*B`, a.hidden]), inverse, flatSlots) // [L, B, H] -> [T, H]

  const words = g.gather(w('roberta.embeddings.word_embeddings.weight'), input('ids', [T], 'i32'), PAD_ID)
  const positions = g.gather(w('roberta.embeddings.position_embeddings.weight'), input('positions', [T], 'i32'), PAD_ID)
  let x = norm(g.add(g.add(words, positions), w('roberta.embeddings.token_type_embeddings.weight')), 'roberta.embeddings.LayerNorm') // [T, H]

  for (let i = 0; i < a.layers; i++) {
    const layer = `roberta.encoder.layer.${i}`
    const heads = (part: string) => g.reshape(spread(linear(x, `${layer}.attention.self.${part}`)), [L, B, a.heads, headDim])
    const scores = g.matMul(heads('query'), heads('key'), { leadA: true, leadB: true, transB: true, alpha: 1 / Math.sqrt(headDim) }) // [B, heads, L, L]
    const context = g.matMul(g.softmax(g.add(scores, mask)), heads('value'), { leadB: true }) // [B, heads, L, headDim]
    const attended = gatherBack(g.reshape(g.transpose(context, [2, 0, 1, 3]), [L, B, a.hidden])) // [T, H]
    const h = norm(g.add(linear(attended, `${layer}.attention.output.dense`), x), `${layer}.attention.output.LayerNorm`)
    const inner = g.gelu(linear(h, `${layer}.intermediate.dense`)) // [T, ffn]
    x = norm(g.add(linear(inner, `${layer}.output.dense`), h), `${layer}.output.LayerNorm`)
  }

  const pooled =
    a.pooling === 'first'
      ? g.takeRows(x, input('poolIndex', [B], 'i32'), input('poolInverse', [T], 'i32'))
      : g.sum(g.mul(spread(x), input('poolWeights', [L, B, 1], 'f32')), [0]) // [B, H]
  return norm(linear(pooled, 'embeddingHead'), 'norm')
}

/** Feeds of a pack for encoderGraph with the same prefix. */
export function packFeeds(a: Architecture, prefix: string, p: Pack): Record<string, TensorData> {
  const { tokens: T, sequences: B, longest: L } = p
  const feeds: Record<string, TensorData> = {
    ids: { data: p.ids, shape: [T] },
    positions: { data: p.positions, shape: [T] },
    slots: { data: p.slots, shape: [L, B] },
    inverse: { data: p.inverse, shape: [T] },
    mask: { data: p.mask, shape: [B, 1, 1, L] },
  }
  if (a.pooling === 'mean') feeds.poolWeights = { data: p.poolWeights, shape: [L, B, 1] }
  else Object.assign(feeds, { poolIndex: { data: p.poolIndex, shape: [B] }, poolInverse: { data: p.poolInverse, shape: [T] } })
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [`${prefix}.${name}`, feed]))
}
