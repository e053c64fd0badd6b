// A graph as ONNX nodes: the emission rule of each op, gradients' sums taken into products, dead nodes left out. Called by onnx.ts.
import type { Graph } from './graph'
import { ELEMENT, type Attribute, type OnnxModel, type OnnxNode, type OnnxTensor } from './onnx-file'
import { dropoutThreshold, isOp, matMulOperand, type Node, type OpName, type Shape, type Value } from './ops'
import type { TensorData } from './session'

/** Version of ONNX's operators. */
export const OPSET = 18

/** What the nodes are for. */
export interface Encoding {
  /** The provider that will run them: the same results, other nodes where it lacks some. */
  device: 'cpu' | 'cuda' | 'webgpu'
  /** Products that allow it take operands of half precision, and their results are of single precision again. */
  half: boolean
}

class Emitter {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  private readonly int64s = new Map<string, string>()
  private readonly names = new Map<Value, string>()
  private readonly scalars = new Set<string>()
  private readonly operands = new Map<string, string>()
  private count = 0

  constructor(
    graph: Graph,
    readonly isUsed: (v: Value) => boolean,
    readonly encoding: Encoding,
  ) {
    for (const [name, v] of graph.inputs) this.names.set(v, name)
    for (const [name, v] of graph.outputs) if (!this.names.has(v)) this.names.set(v, name)
  }

  name(v: Value): string {
    return this.names.get(v) ?? `v${v.id}`
  }

  fresh(): string {
    return `t${this.count++}`
  }

  int64(values: readonly number[]): string {
    const key = values.join()
    let name = this.int64s.get(key)
    if (!name) {
      name = `int64_${this.int64s.size}`
      this.int64s.set(key, name)
      this.initializers.push({ name, dims: [values.length], type: 'i64', raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) })
    }
    return name
  }

  private scalar(type: 'f32' | 'i32', x: number): string {
    const name = `${type}_${x}`
    if (!this.scalars.has(name)) {
      this.scalars.add(name)
      this.initializers.push({ name, dims: [], type, raw: new Uint8Array((type === 'f32' ? Float32Array : Int32Array).of(x).buffer) })
    }
    return name
  }

  float = (x: number) => this.scalar('f32', x)
  int32 = (x: number) => this.scalar('i32', x)

  /** Emits a product of `inputs`, in half precision where the session computes so and the product allows it. */
  product(allowsHalf: boolean, inputs: string[], output: string, emit: (inputs: string[], output: string) => void): void {
    if (!allowsHalf || !this.encoding.half) return emit(inputs, output)
    const result = this.fresh()
    emit(inputs.map((name) => this.operand(name)), result)
    this.emit('Cast', [this.encoding.device === 'cpu' ? this.rounded(result) : result], [output], { to: ELEMENT.f32 })
  }

  /** An operand in half precision; on the CPU, which has no such products, its rounded values in single precision: the same results. */
  private operand(name: string): string {
    let operand = this.operands.get(name)
    if (!operand) {
      const half = this.rounded(name)
      operand = this.encoding.device === 'cpu' ? this.fresh() : half
      if (operand !== half) this.emit('Cast', [half], [operand], { to: ELEMENT.f32 })
      this.operands.set(name, operand)
    }
    return operand
  }

  private rounded(name: string): string {
    const half = this.fresh()
    this.emit('Cast', [name], [half], { to: ELEMENT.f16 })
    return half
  }

  emit(type: string, inputs: string[], outputs: string[], attributes?: Record<string, Attribute>, domain?: string): void {
    this.nodes.push({ type, inputs, outputs, attributes, domain })
  }
}

type EmitRule<K extends OpName> = (e: Emitter, node: Node<K>, inputs: string[], outputs: string[]) => void

const plain = (type: string): EmitRule<OpName> => (e, _n, inputs, outputs) => e.emit(type, inputs, outputs)

const EMIT: { [K in OpName]: EmitRule<K> } = {
  add: plain('Add'),
  sub: plain('Sub'),
  mul: plain('Mul'),
  div: plain('Div'),
  neg: plain('Neg'),
  exp: plain('Exp'),
  sqrt: plain('Sqrt'),
  erf: plain('Erf'),
  sigmoid: plain('Sigmoid'),
  softplus: plain('Softplus'),
  gelu: (e, { outputs: [, cdf] }, [x], [y, cdfName]) => {
    if (!e.isUsed(cdf)) return e.emit('Gelu', [x], [y], {}, 'com.microsoft')
    const [scaled, erf] = [e.fresh(), e.fresh()]
    e.emit('Mul', [x, e.float(Math.SQRT1_2)], [scaled])
    e.emit('Erf', [scaled], [erf])
    e.emit('HardSigmoid', [erf], [cdfName], { alpha: { float: 0.5 }, beta: { float: 0.5 } }) // (1 + erf) / 2 in one pass; its clipping to [0, 1] changes nothing
    e.emit('Mul', [x, cdfName], [y])
  },
  matMul: (e, { inputs: [a, b], attributes: { transA, transB, leadA, leadB, alpha, half } }, [nameA, nameB], [output]) => {
    // plain Gemm is the better kernel for two axes
    if (a.shape.length === 2) return e.product(half, [nameA, nameB], output, (operands, y) => e.emit('Gemm', operands, [y], { transA: +transA, transB: +transB, alpha: { float: alpha } }))
    if (e.encoding.device !== 'webgpu')
      return e.product(half, [nameA, nameB], output, (operands, y) => e.emit('FusedMatMul', operands, [y], { transA: +transA, transB: +transB, transBatchA: +leadA, transBatchB: +leadB, alpha: { float: alpha } }, 'com.microsoft'))
    // which WebGPU lacks: there it would run on the CPU, its operands carried back and forth
    const read = (name: string, rank: number, lead: boolean, trans: boolean) => {
      if (!lead && !trans) return name
      const turned = e.fresh()
      e.emit('Transpose', [name], [turned], { perm: matMulOperand(Array.from({ length: rank }, (_, i) => i), lead, trans) as number[] })
      return turned
    }
    const product = alpha === 1 ? output : e.fresh()
    e.product(half, [read(nameA, a.shape.length, leadA, transA), read(nameB, b.shape.length, leadB, transB)], product, (operands, y) => e.emit('MatMul', operands, [y]))
    if (alpha !== 1) e.emit('Mul', [product, e.float(alpha)], [output])
  },
  linear: (e, _n, inputs, [output]) => e.product(true, inputs, output, (operands, y) => e.emit('Gemm', operands, [y], { transB: 1 })),
  layerNorm: (e, { attributes: { epsilon } }, inputs, outputs) => e.emit('LayerNormalization', inputs, outputs, { axis: -1, epsilon: { float: epsilon } }),
  softmax: (e, _n, inputs, outputs) => e.emit('Softmax', inputs, outputs, { axis: -1 }),
  logSumExp: (e, _n, inputs, outputs) => e.emit('ReduceLogSumExp', [inputs[0], e.int64([-1])], outputs, { keepdims: 1 }),
  dropout: (e, { attributes: { rate } }, [x, rows, columns], [y, factor]) => {
    const [product, dropped] = [e.fresh(), e.fresh()]
    e.emit('Mul', [rows, columns], [product])
    e.emit('Less', [product, e.int32(dropoutThreshold(rate))], [dropped])
    e.emit('Where', [dropped, e.float(0), e.float(1 / (1 - rate))], [factor])
    e.emit('Mul', [x, factor], [y])
  },
  less: (e, _n, inputs, outputs) => {
    const below = e.fresh()
    e.emit('Less', inputs, [below])
    e.emit('Cast', [below], outputs, { to: ELEMENT.f32 })
  },
  sum: (e, { attributes: { axes, keepDims } }, inputs, outputs) => e.emit('ReduceSum', [inputs[0], e.int64(axes)], outputs, { keepdims: +keepDims, noop_with_empty_axes: 1 }),
  sumSquares: (e, _n, inputs, outputs) => e.emit('ReduceSumSquare', inputs, outputs, { keepdims: 0 }),
  reshape: (e, { inputs: [x], attributes: { shape } }, inputs, outputs) => e.emit('Reshape', [inputs[0], e.int64(reshapeTarget(x.shape, shape))], outputs),
  reshapeLike: (e, _n, [x, like], outputs) => {
    const shape = e.fresh()
    e.emit('Shape', [like], [shape])
    e.emit('Reshape', [x, shape], outputs)
  },
  transpose: (e, { attributes: { perm } }, inputs, outputs) => e.emit('Transpose', inputs, outputs, { perm }),
  expandLike: (e, _n, [x, like], outputs) => {
    const shape = e.fresh()
    e.emit('Shape', [like], [shape])
    e.emit('Expand', [x, shape], outputs)
  },
  gather: (e, _n, inputs, outputs) => e.emit('Gather', inputs, outputs, { axis: 0 }),
  scatterAdd: (e, { outputs: [y], attributes: { rows, padding } }, [ids, updates], outputs) => {
    const [zeros, wide, index, flat] = [e.fresh(), e.fresh(), e.fresh(), e.fresh()]
    const width = y.shape[1] as number
    e.emit('ConstantOfShape', [e.int64([rows, width])], [zeros])
    e.emit('Cast', [ids], [wide], { to: ELEMENT.i64 })
    e.emit('Reshape', [wide, e.int64([-1, 1])], [index])
    e.emit('Reshape', [updates, e.int64([-1, width])], [flat])
    let kept = flat
    if (padding !== null) {
      const [isPadding, notPadding, factor] = [e.fresh(), e.fresh(), e.fresh()]
      kept = e.fresh()
      e.emit('Equal', [index, e.int64([padding])], [isPadding])
      e.emit('Not', [isPadding], [notPadding])
      e.emit('Cast', [notPadding], [factor], { to: ELEMENT.f32 })
      e.emit('Mul', [flat, factor], [kept])
    }
    // not ScatterND: its threads add to the same row at once and lose updates (onnxruntime 1.30, docs/decisions/006)
    const [shape, wideIndex] = [e.fresh(), e.fresh()]
    e.emit('Shape', [flat], [shape])
    e.emit('Expand', [index, shape], [wideIndex])
    e.emit('ScatterElements', [zeros, wideIndex, kept], outputs, { axis: 0, reduction: 'add' })
  },
  takeRows: (e, _n, [x, index], outputs) => e.emit('Gather', [x, index], outputs, { axis: 0 }),
  concat: (e, _n, inputs, outputs) => e.emit('Concat', inputs, outputs, { axis: 0 }),
  splitLike: (e, _n, [x, ...parts], outputs) => {
    const sizes = parts.map((part) => {
      const [shape, rows] = [e.fresh(), e.fresh()]
      e.emit('Shape', [part], [shape])
      e.emit('Gather', [shape, e.int64([0])], [rows], { axis: 0 })
      return rows
    })
    const split = e.fresh()
    e.emit('Concat', sizes, [split], { axis: 0 })
    e.emit('Split', [x, split], outputs, { axis: 0 })
  },
  split: (e, { outputs: pieces, attributes: { rows } }, [x], outputs) => {
    // not Split, of which WebGPU's kernel writes to at most eleven outputs
    let from = 0
    rows.forEach((count, i) => {
      const [start, end] = [from, (from += count)]
      if (e.isUsed(pieces[i])) e.emit('Slice', [x, e.int64([start]), e.int64([end])], [outputs[i]])
    })
  },
  select: (e, _n, [condition, a, b], outputs) => {
    const holds = e.fresh()
    e.emit('Cast', [condition], [holds], { to: ELEMENT.bool })
    e.emit('Where', [holds, a, b], outputs)
  },
  after: (e, _n, [x, before], outputs) => {
    // a choice between x and x that waits for its condition, and that no rewriting of the graph sees through
    const condition = e.fresh()
    e.emit('Less', [before, before], [condition])
    e.emit('Where', [condition, x, x], outputs)
  },
  topK: (e, { attributes: { k } }, inputs, [values, indices]) => {
    const wide = e.fresh()
    e.emit('TopK', [inputs[0], e.int64([k])], [values, wide], { axis: -1, largest: 1, sorted: 1 })
    e.emit('Cast', [wide], [indices], { to: ELEMENT.i32 })
  },
}

/** ONNX Reshape's notation: 0 copies the size at the same place, -1 is computed. */
export function reshapeTarget(from: Shape, to: Shape): number[] {
  return to.map((d, i) => (typeof d === 'number' ? d : from[i] === d ? 0 : -1))
}

/** Names, kinds and shapes of a graph's inputs or outputs. */
export const valuesOf = (named: ReadonlyMap<string, Value>): OnnxModel['inputs'] => Array.from(named, ([name, v]) => ({ name, type: v.dtype, shape: v.shape }))

/** The graph's nodes, which give its outputs under their names, and its constants; inputs named in `fixed` are among these. */
export function encodeGraph(graph: Graph, encoding: Encoding, fixed: Record<string, TensorData> = {}): Pick<OnnxModel, 'nodes' | 'initializers'> {
  const live = liveNodes(graph)
  const uses = countUses(graph, live)
  const e = new Emitter(graph, (v) => uses.has(v), encoding)
  for (const [v, x] of graph.constants) e.initializers.push({ name: e.name(v), dims: [], type: 'f32', raw: new Uint8Array(Float32Array.of(x).buffer) })
  for (const [name, { data, shape }] of Object.entries(fixed)) e.initializers.push({ name, dims: shape, type: data instanceof Float32Array ? 'f32' : 'i32', raw: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })
  const absorbed = absorbedProducts(live, uses, encoding)
  const intoAddition = new Set<Node>(absorbed.values())
  for (const node of live) {
    if (intoAddition.has(node)) continue
    const product = absorbed.get(node)
    const outputs = node.outputs.map((v) => e.name(v))
    if (product) {
      const { transA, transB, alpha } = product.attributes
      const other = node.inputs.find((v) => v !== product.outputs[0])!
      e.emit('Gemm', [...product.inputs.map((v) => e.name(v)), e.name(other)], outputs, { transA: +transA, transB: +transB, alpha: { float: alpha } })
    } else (EMIT[node.op] as EmitRule<OpName>)(e, node, node.inputs.map((v) => e.name(v)), outputs)
  }
  for (const [name, v] of graph.outputs) if (e.name(v) !== name) e.emit('Identity', [e.name(v)], [name])
  return { nodes: e.nodes, initializers: e.initializers }
}

/** Nodes that an output depends on, in order: the reverse walk leaves gradients that nobody asked for. */
function liveNodes(graph: Graph): Node[] {
  const needed = new Set<Value>(graph.outputs.values())
  const live: Node[] = []
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((v) => needed.has(v))) continue
    live.push(node)
    node.inputs.forEach((v) => needed.add(v))
  }
  return live.reverse()
}

/** How often each value is an input of a node or an output of the graph. */
function countUses(graph: Graph, live: readonly Node[]): Map<Value, number> {
  const uses = new Map<Value, number>()
  for (const v of [...live.flatMap((node) => node.inputs), ...graph.outputs.values()]) uses.set(v, (uses.get(v) ?? 0) + 1)
  return uses
}

/**
 * Additions that take a matrix product in: Gemm adds to what is there, so the product is never written on its own.
 * Gradients of a weight over several chunks, and of a value read by several layers, are such sums. Products of half precision are not taken
 * in, because their sums are made in single precision.
 */
function absorbedProducts(live: readonly Node[], uses: ReadonlyMap<Value, number>, { half }: Encoding): Map<Node, Node<'matMul'>> {
  const products = new Map<Value, Node<'matMul'>>()
  for (const node of live) if (isOp(node, 'matMul') && node.outputs[0].shape.length === 2 && !(half && node.attributes.half)) products.set(node.outputs[0], node)
  const absorbed = new Map<Node, Node<'matMul'>>()
  for (const node of live) {
    if (node.op !== 'add') continue
    const [a, b] = node.inputs
    const sameShape = a !== b && a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i])
    const term = sameShape && [b, a].find((v) => products.has(v) && uses.get(v) === 1)
    if (term) absorbed.set(node, products.get(term)!)
  }
  return absorbed
}
