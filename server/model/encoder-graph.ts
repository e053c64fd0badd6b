// The encoder as a graph: RoBERTa or BERT, pooling, head. encode.ts and train/ build on it.
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import type { Architecture, WeightSpec } from './architecture'
import { dropoutSites, keyShapes, NO_DROPOUT, type Dropout } from './dropout'
import { headSlotsOf, type HeadSlots, type Pack } from './pack'

export type WeightValues = ReadonlyMap<string, Value>

const isTokenTypes = (name: string) => name.endsWith('.token_type_embeddings.weight')

/** Declares weights, those of one encoder or of a whole model, as graph inputs under their own names. Of the token types only the first row is read. */
export function weightInputs(g: Graph, specs: readonly WeightSpec[]): WeightValues {
  return new Map(specs.map(({ name, shape }) => [name, g.input(name, isTokenTypes(name) ? [1, ...shape.slice(1)] : shape)]))
}

/** Feeds (or, for gradients, fetches) for weightInputs: views on the very arrays. */
export function weightFeeds(a: Architecture, weights: ReadonlyMap<string, { data: Float32Array; shape: readonly number[] }>): Map<string, { data: Float32Array; shape: readonly number[] }> {
  return new Map(Array.from(weights, ([name, w]) => [name, isTokenTypes(name) ? { data: w.data.subarray(0, a.hidden), shape: [1, a.hidden] } : w]))
}

/** Whether any layer is computed for all tokens. */
const hasWholeLayers = ({ pooling, layers }: Architecture) => pooling === 'mean' || layers > 1

/**
 * Embeddings of one pack, [B, dim]; the last row is the dummy's and must not reach a loss.
 * Inputs of the pack are declared as `<prefix>.ids` and so on: feed them with packFeeds.
 * With first-token pooling the last layer is computed for the first tokens alone, because nothing else of it is read: the embeddings are the
 * same, and nearly all of the layer's matrix products are saved.
 * With dropout, feed dropoutFeeds too.
 */
export function encoderGraph(g: Graph, a: Architecture, weights: WeightValues, prefix: string, dropout: Dropout = NO_DROPOUT): Value {
  const w = (name: string) => weights.get(name)!
  const [T, B, L] = ['T', 'B', 'L'].map((dim) => `${prefix}.${dim}`)
  const input = (name: keyof Pack | keyof HeadSlots, shape: (string | number)[], dtype: 'f32' | 'i32') => g.input(`${prefix}.${name}`, shape, dtype)
  const slots = input('slots', [B, L], 'i32')
  const inverse = input('inverse', [T], 'i32')
  const mask = input('mask', [B, 1, 1, L], 'f32')
  const headDim = a.hidden / a.heads
  const layerName = (i: number) => `${a.family}.encoder.layer.${i}`
  const linear = (x: Value, name: string) => g.linear(x, w(`${name}.weight`), w(`${name}.bias`))
  const norm = (x: Value, name: string) => g.layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), a.layerNormEpsilon)
  const spread = (x: Value) => g.takeRows(x, slots, inverse) // [T, H] -> [B, L, H]

  const sites = new Map(dropoutSites(a, dropout).map((site) => [site.name, site]))
  const drop = (x: Value, name: string) => {
    const site = sites.get(name)
    if (!site) return x
    const { rows, columns } = keyShapes<string | number>(a, site, { tokens: T, sequences: B, longest: L })
    const keys = (part: string, shape: (string | number)[]) => g.input(`${prefix}.${name}.${part}`, shape, 'i32')
    return g.dropout(x, keys('rows', rows), keys('columns', columns), dropout[site.kind])
  }

  const embeddings = `${a.family}.embeddings`
  const { padding } = a.specials
  const words = g.gather(w(`${embeddings}.word_embeddings.weight`), input('ids', [T], 'i32'), padding)
  const positions = g.gather(w(`${embeddings}.position_embeddings.weight`), input('positions', [T], 'i32'), a.family === 'roberta' ? padding : null)
  const summed = g.add(g.add(words, positions), w(`${embeddings}.token_type_embeddings.weight`))
  const alpha = 1 / Math.sqrt(headDim)

  const attend = hasWholeLayers(a) ? wholeAttention() : null

  /** Self-attention of every token of layer `i`: x [T, H] -> [T, H]. Rows are gathered head by head, so that each head's products lie together. */
  function wholeAttention() {
    const [perHead, allSlots] = [`${prefix}.T*heads`, `${prefix}.B*heads*L`]
    const headSlots = input('headSlots', [B, a.heads, L], 'i32')
    const headInverse = input('headInverse', [T, a.heads], 'i32')
    const [flatSlots, flatInverse] = [g.reshape(headSlots, [allSlots]), g.reshape(headInverse, [perHead])]
    const spreadHeads = (x: Value) => g.takeRows(g.reshape(x, [perHead, headDim]), headSlots, flatInverse) // [T, H] -> [B, heads, L, headDim]
    const gatherHeads = (x: Value) => g.reshape(g.takeRows(g.reshape(x, [allSlots, headDim]), headInverse, flatSlots), [T, a.hidden]) // and back
    return (x: Value, i: number): Value => {
      const [query, key, value] = ['query', 'key', 'value'].map((part) => spreadHeads(linear(x, `${layerName(i)}.attention.self.${part}`)))
      const scores = g.matMul(query, key, { transB: true, alpha, half: true }) // [B, heads, L, L]
      return gatherHeads(g.matMul(drop(g.softmax(g.add(scores, mask)), `attention ${i}`), value, { half: true }))
    }
  }

  /**
   * Attention of the first tokens alone, rows [B, H] of x [T, H] -> [B, H], without keys and values: q (W x) = (q W) x and
   * sum_l p_l (W x_l) = W (sum_l p_l x_l), so a head's matrices are applied to a text's one query and one mean, not to each of its tokens.
   */
  const attendFirst = (x: Value, rows: Value, i: number): Value => {
    const part = (name: string) => `${layerName(i)}.attention.self.${name}`
    const [keyWeight, valueWeight] = ['key', 'value'].map((name) => g.reshape(w(`${part(name)}.weight`), [a.heads, headDim, a.hidden]))
    const [keyBias, valueBias] = ['key', 'value'].map((name) => g.reshape(w(`${part(name)}.bias`), [a.heads, headDim]))
    const tokens = spread(x) // [B, L, H]
    const query = g.reshape(linear(rows, part('query')), [B, a.heads, headDim])
    const throughKey = g.matMul(query, keyWeight, { leadA: true, half: true }) // [heads, B, H]
    const products = g.add(g.matMul(throughKey, tokens, { leadA: true, transB: true, alpha, half: true }), g.mul(g.sum(g.mul(query, keyBias), [2], true), g.scalar(alpha))) // [B, heads, L]
    const shares = g.reshape(drop(g.softmax(g.add(g.reshape(products, [B, a.heads, 1, L]), mask)), `attention ${i}`), [B, a.heads, L])
    const means = g.matMul(shares, tokens, { half: true }) // [B, heads, H]
    const context = g.transpose(g.matMul(means, valueWeight, { leadA: true, transB: true, half: true }), [1, 0, 2]) // [B, heads, headDim]
    return g.reshape(g.add(context, g.mul(g.sum(shares, [2], true), valueBias)), [B, a.hidden]) // the shares add up to 1 but for what dropout does
  }

  let x = drop(norm(summed, `${embeddings}.LayerNorm`), 'embeddings') // [T, H]

  const firstTokens = a.pooling === 'first' ? [input('poolIndex', [B], 'i32'), input('poolInverse', [T], 'i32')] : null
  for (let i = 0; i < a.layers; i++) {
    const layer = layerName(i)
    const onlyFirst = firstTokens && i === a.layers - 1
    const rows = onlyFirst ? g.takeRows(x, firstTokens[0], firstTokens[1]) : x // [R, H]: all tokens, or B first ones
    const attended = onlyFirst ? attendFirst(x, rows, i) : attend!(x, i) // [R, H]
    const h = norm(g.add(drop(linear(attended, `${layer}.attention.output.dense`), `attended ${i}`), rows), `${layer}.attention.output.LayerNorm`)
    const inner = g.gelu(linear(h, `${layer}.intermediate.dense`)) // [R, ffn]
    x = norm(g.add(drop(linear(inner, `${layer}.output.dense`), `output ${i}`), h), `${layer}.output.LayerNorm`)
  }

  const pooled = firstTokens ? x : g.sum(g.mul(spread(x), input('poolWeights', [B, L, 1], 'f32')), [1]) // [B, H]
  const embedding = a.head === 'none' ? pooled : norm(linear(pooled, 'embeddingHead'), 'norm')
  return a.normalise ? g.div(embedding, g.sqrt(g.add(g.sum(g.mul(embedding, embedding), [1], true), g.scalar(1e-24)))) : embedding
}

/** Feeds of a pack for encoderGraph with the same prefix. */
export function packFeeds(a: Architecture, prefix: string, p: Pack): Record<string, TensorData> {
  const { tokens: T, sequences: B, longest: L } = p
  const feeds: Record<string, TensorData> = {
    ids: { data: p.ids, shape: [T] },
    positions: { data: p.positions, shape: [T] },
    slots: { data: p.slots, shape: [B, L] },
    inverse: { data: p.inverse, shape: [T] },
    mask: { data: p.mask, shape: [B, 1, 1, L] },
  }
  if (hasWholeLayers(a)) {
    const { headSlots, headInverse } = headSlotsOf(p, a.heads)
    Object.assign(feeds, { headSlots: { data: headSlots, shape: [B, a.heads, L] }, headInverse: { data: headInverse, shape: [T, a.heads] } })
  }
  if (a.pooling === 'mean') feeds.poolWeights = { data: p.poolWeights, shape: [B, L, 1] }
  else Object.assign(feeds, { poolIndex: { data: p.poolIndex, shape: [B] }, poolInverse: { data: p.poolInverse, shape: [T] } })
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [`${prefix}.${name}`, feed]))
}
