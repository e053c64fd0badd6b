// An encoder as an ONNX model for other programs: padded token ids in, embeddings out, weights inside, ONNX's own operators only. Written by
// export-model.ts. encoder-graph.ts is the same encoder over packs without padding, for training and for encoding here.
import type { Attribute, OnnxModel, OnnxTensor } from '@/server/graph/onnx-file'
import { AppError } from '@/contract/errors'
import type { Architecture } from './architecture'
import type { NamedTensor } from './safetensors'

/** LayerNormalization came with 17. */
const OPSET = 17
/** Protobuf ends here; ONNX keeps the weights of larger models in files of their own. */
const MAX_BYTES = 2 ** 31 - 2 ** 20

/**
 * Inputs `input_ids` and `attention_mask`, int64 [batch, tokens], as Hugging Face's tokenizers give them; output `embedding`,
 * float32 [batch, dim]. Throws AppError bad-input for weights that one file cannot hold.
 */
export function servingModel(a: Architecture, weights: ReadonlyMap<string, NamedTensor>): OnnxModel {
  const bytes = Array.from(weights.values()).reduce((sum, { data }) => sum + data.byteLength, 0)
  if (bytes > MAX_BYTES) throw new AppError('bad-input', `The weights have ${bytes} bytes, an ONNX file holds ${MAX_BYTES}; export the model as a Hugging Face folder`)
  const b = new ModelBuilder(weights)
  const headDim = a.hidden / a.heads
  const embeddings = `${a.family}.embeddings`

  const bias = b.op('Mul', [b.op('Sub', [b.float(1), b.op('Cast', [b.op('Unsqueeze', ['attention_mask', b.ints(1, 2)])], { to: 1 })]), b.float(-10_000)]) // [B, 1, 1, L]
  const words = b.op('Gather', [b.weight(`${embeddings}.word_embeddings.weight`), 'input_ids']) // [B, L, H]
  const places = b.op('Gather', [b.weight(`${embeddings}.position_embeddings.weight`), positionIds(b, a)]) // [B, L, H] or [L, H]
  const types = b.op('Gather', [b.weight(`${embeddings}.token_type_embeddings.weight`), b.int(0)]) // [H]
  let x = b.layerNorm(b.op('Add', [b.op('Add', [words, places]), types]), `${embeddings}.LayerNorm`, a)

  const headsOf = (y: string, perm: number[]) => b.op('Transpose', [b.op('Reshape', [y, b.ints(0, 0, a.heads, headDim)])], { perm })
  for (let i = 0; i < a.layers; i++) {
    const layer = `${a.family}.encoder.layer.${i}`
    const [query, key, value] = ['query', 'key', 'value'].map((part) => b.linear(x, `${layer}.attention.self.${part}`))
    const scores = b.op('Add', [b.op('Mul', [b.op('MatMul', [headsOf(query, [0, 2, 1, 3]), headsOf(key, [0, 2, 3, 1])]), b.float(1 / Math.sqrt(headDim))]), bias]) // [B, heads, L, L]
    const context = b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), headsOf(value, [0, 2, 1, 3])]) // [B, heads, L, headDim]
    const attended = b.op('Reshape', [b.op('Transpose', [context], { perm: [0, 2, 1, 3] }), b.ints(0, 0, a.hidden)])
    const h = b.layerNorm(b.op('Add', [b.linear(attended, `${layer}.attention.output.dense`), x]), `${layer}.attention.output.LayerNorm`, a)
    const inner = gelu(b, b.linear(h, `${layer}.intermediate.dense`))
    x = b.layerNorm(b.op('Add', [b.linear(inner, `${layer}.output.dense`), h]), `${layer}.output.LayerNorm`, a)
  }

  const pooled = a.pooling === 'first' ? b.op('Gather', [x, b.int(0)], { axis: 1 }) : meanOfTokens(b, x) // [B, H]
  const embedding = a.head === 'none' ? pooled : b.layerNorm(b.linear(pooled, 'embeddingHead'), 'norm', a)
  b.output('embedding', a.normalise ? b.op('Div', [embedding, b.op('Max', [b.op('ReduceL2', [embedding], { axes: [1], keepdims: 1 }), b.float(1e-12)])]) : embedding)
  return {
    nodes: b.nodes,
    initializers: b.initializers,
    inputs: ['input_ids', 'attention_mask'].map((name) => ({ name, type: 'i64', shape: ['batch', 'tokens'] })),
    outputs: [{ name: 'embedding', type: 'f32', shape: ['batch', a.dim] }],
    opset: OPSET,
    metadata: { pooling: a.pooling, normalise: String(a.normalise), similarity: 'inner product' },
  }
}

/** RoBERTa counts the tokens that are not padding, from behind its padding id; BERT counts all. */
function positionIds(b: ModelBuilder, a: Architecture): string {
  if (a.family === 'bert') return b.op('Range', [b.int(0), b.op('Gather', [b.op('Shape', ['input_ids']), b.int(1)]), b.int(1)]) // [L]
  const padding = b.int(a.specials.padding)
  const isToken = b.op('Cast', [b.op('Not', [b.op('Equal', ['input_ids', padding])])], { to: 7 })
  return b.op('Add', [b.op('Mul', [b.op('CumSum', [isToken, b.int(1)]), isToken]), padding]) // [B, L]
}

function gelu(b: ModelBuilder, x: string): string {
  const erf = b.op('Erf', [b.op('Div', [x, b.float(Math.SQRT2)])])
  return b.op('Mul', [b.op('Mul', [x, b.op('Add', [erf, b.float(1)])]), b.float(0.5)])
}

function meanOfTokens(b: ModelBuilder, x: string): string {
  const weights = b.op('Cast', [b.op('Unsqueeze', ['attention_mask', b.ints(2)])], { to: 1 }) // [B, L, 1]
  const sum = (y: string) => b.op('ReduceSum', [y, b.ints(1)], { keepdims: 0 })
  return b.op('Div', [sum(b.op('Mul', [x, weights])), b.op('Max', [sum(weights), b.float(1)])])
}

/** Nodes and initializers as they are asked for; values are names. */
class ModelBuilder {
  readonly nodes: OnnxModel['nodes'] = []
  readonly initializers: OnnxTensor[] = []
  private readonly known = new Set<string>()

  constructor(private readonly weights: ReadonlyMap<string, NamedTensor>) {}

  op(type: string, inputs: string[], attributes?: Record<string, Attribute>): string {
    const name = `${type}_${this.nodes.length}`
    this.nodes.push({ type, inputs, outputs: [name], attributes })
    return name
  }

  output(name: string, value: string): void {
    this.nodes.push({ type: 'Identity', inputs: [value], outputs: [name] })
  }

  weight(name: string): string {
    const { data, shape } = this.weights.get(name)!
    return this.constant(name, shape, 'f32', bytesOf(data))
  }

  /** x W^T + b over the last axis. */
  linear(x: string, name: string): string {
    const { data, shape } = this.weights.get(`${name}.weight`)!
    const matrix = this.constant(`${name}.weight^T`, [shape[1], shape[0]], 'f32', bytesOf(transposed(data, shape[0], shape[1])))
    return this.op('Add', [this.op('MatMul', [x, matrix]), this.weight(`${name}.bias`)])
  }

  layerNorm(x: string, name: string, { layerNormEpsilon }: Architecture): string {
    return this.op('LayerNormalization', [x, this.weight(`${name}.weight`), this.weight(`${name}.bias`)], { axis: -1, epsilon: { float: layerNormEpsilon } })
  }

  float = (x: number) => this.constant(`float ${x}`, [], 'f32', bytesOf(Float32Array.of(x)))
  int = (x: number) => this.constant(`int ${x}`, [], 'i64', bytesOf(BigInt64Array.of(BigInt(x))))
  ints = (...xs: number[]) => this.constant(`ints ${xs.join()}`, [xs.length], 'i64', bytesOf(BigInt64Array.from(xs, BigInt)))

  private constant(name: string, dims: readonly number[], type: OnnxTensor['type'], raw: Uint8Array): string {
    if (!this.known.has(name)) {
      this.known.add(name)
      this.initializers.push({ name, dims, type, raw })
    }
    return name
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength)

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]
  return result
}
