// Emits a graph as an ONNX model and runs it with onnxruntime-node. Called by session.ts.
// run() is a synchronous native call: it blocks this process, so only step children, tests and benchmarks load this file.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph } from './graph'
import { dropoutThreshold, type Dim, type DType, type Node, type OpName, type Shape, type Value } from './ops'
import type { GraphSession, TensorData } from './session'

/** Builds a session for a graph with one of onnxruntime's execution providers; ops that a GPU provider lacks run on the CPU. */
export async function openOnnxSession(graph: Graph, { device, threads }: { device: 'cpu' | 'cuda' | 'webgpu'; threads: number }): Promise<GraphSession> {
  const session = await InferenceSession.create(encodeModel(graph), {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false, // shapes change from run to run
    // threads that spin while they wait gain nothing on a quiet machine (95 against 97 ms a training step) and cost 1.7 times where others compute
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: device === 'cpu' ? 3 : 4, // a provider that is absent throws; its log would only repeat it
  })
  const names = [...graph.outputs.keys()]
  return {
    async run(feeds, into = {}) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, tensor(t)]))
      const fetches = Object.fromEntries(names.map((name) => [name, into[name] ? tensor(into[name]) : null]))
      const results = await session.run(inputs, fetches)
      return Object.fromEntries(names.map((name) => [name, into[name] ?? { data: results[name].data as Float32Array | Int32Array, shape: results[name].dims }]))
    },
    close: () => session.release(),
  }
}

function tensor({ data, shape }: TensorData): Tensor {
  return data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('int32', data, shape)
}

// ONNX: onnx/onnx.proto3 gives the field numbers used below.
const ELEMENT = { f32: 1, i32: 6, i64: 7 } as const
const OPSET = 18
type Attribute = number | { float: number } | readonly number[] | string

interface Emitted {
  type: string
  domain?: string
  inputs: string[]
  outputs: string[]
  attributes?: Record<string, Attribute>
}

class Emitter {
  readonly nodes: Emitted[] = []
  readonly initializers: { name: string; dims: number[]; type: number; raw: Uint8Array }[] = []
  private readonly int64s = new Map<string, string>()
  private readonly names = new Map<Value, string>()
  private readonly scalars = new Set<string>()
  private count = 0

  constructor(
    graph: Graph,
    readonly isUsed: (v: Value) => boolean,
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
      this.initializers.push({ name, dims: [values.length], type: ELEMENT.i64, raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) })
    }
    return name
  }

  private scalar(type: 'f32' | 'i32', x: number): string {
    const name = `${type}_${x}`
    if (!this.scalars.has(name)) {
      this.scalars.add(name)
      this.initializers.push({ name, dims: [], type: ELEMENT[type], raw: new Uint8Array((type === 'f32' ? Float32Array : Int32Array).of(x).buffer) })
    }
    return name
  }

  float = (x: number) => this.scalar('f32', x)
  int32 = (x: number) => this.scalar('i32', x)

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
  matMul: (e, { inputs: [a], attributes: { transA, transB, leadA, leadB, alpha } }, inputs, outputs) =>
    // plain Gemm is the better kernel for two axes
    a.shape.length === 2
      ? e.emit('Gemm', inputs, outputs, { transA: +transA, transB: +transB, alpha: { float: alpha } })
      : e.emit('FusedMatMul', inputs, outputs, { transA: +transA, transB: +transB, transBatchA: +leadA, transBatchB: +leadB, alpha: { float: alpha } }, 'com.microsoft'),
  linear: (e, _n, inputs, outputs) => e.emit('Gemm', inputs, outputs, { transB: 1 }),
  layerNorm: (e, { attributes: { epsilon } }, inputs, outputs) => e.emit('LayerNormalization', inputs, outputs, { axis: -1, epsilon: { float: epsilon } }),
  softmax: (e, _n, inputs, outputs) => e.emit('Softmax', inputs, outputs, { axis: -1 }),
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

/** The graph as ONNX protobuf bytes. */
export function encodeModel(graph: Graph): Uint8Array {
  const live = liveNodes(graph)
  const uses = countUses(graph, live)
  const e = new Emitter(graph, (v) => uses.has(v))
  for (const [v, x] of graph.constants) e.initializers.push({ name: e.name(v), dims: [], type: ELEMENT.f32, raw: new Uint8Array(Float32Array.of(x).buffer) })
  const absorbed = absorbedProducts(live, uses)
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

  return message((model) => {
    int(model, 1, 8) // ir_version
    text(model, 2, 'drhard-studio')
    nested(model, 7, (g) => {
      for (const node of e.nodes) nested(g, 1, (w) => writeNode(w, node))
      text(g, 2, 'graph')
      for (const t of e.initializers)
        nested(g, 5, (w) => {
          for (const d of t.dims) int(w, 1, d)
          int(w, 2, t.type)
          text(w, 8, t.name)
          w.uint32(tag(9, WireType.LengthDelimited)).bytes(t.raw)
        })
      for (const [name, v] of graph.inputs) nested(g, 11, (w) => writeValueInfo(w, name, v.dtype, v.shape))
      for (const [name, v] of graph.outputs) nested(g, 12, (w) => writeValueInfo(w, name, v.dtype, v.shape))
    })
    for (const [domain, version] of [['', OPSET], ['com.microsoft', 1]] as const)
      nested(model, 8, (w) => {
        text(w, 1, domain)
        int(w, 2, version)
      })
  })
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
 * Gradients of a weight over several chunks, and of a value read by several layers, are such sums.
 */
function absorbedProducts(live: readonly Node[], uses: ReadonlyMap<Value, number>): Map<Node, Node<'matMul'>> {
  const products = new Map<Value, Node<'matMul'>>()
  for (const node of live) if (node.op === 'matMul' && node.outputs[0].shape.length === 2) products.set(node.outputs[0], node as Node<'matMul'>)
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

const tag = (field: number, wire: WireType) => (field << 3) | wire
const int = (w: BinaryWriter, field: number, x: number) => w.uint32(tag(field, WireType.Varint)).int64(x)
const text = (w: BinaryWriter, field: number, s: string) => w.uint32(tag(field, WireType.LengthDelimited)).string(s)

function message(write: (w: BinaryWriter) => void): Uint8Array {
  const w = new BinaryWriter()
  write(w)
  return w.finish()
}

function nested(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.uint32(tag(field, WireType.LengthDelimited)).fork()
  write(w)
  w.join()
}

function writeNode(w: BinaryWriter, { type, domain, inputs, outputs, attributes }: Emitted): void {
  for (const name of inputs) text(w, 1, name)
  for (const name of outputs) text(w, 2, name)
  text(w, 4, type)
  for (const [name, value] of Object.entries(attributes ?? {})) nested(w, 5, (a) => writeAttribute(a, name, value))
  if (domain) text(w, 7, domain)
}

function writeAttribute(w: BinaryWriter, name: string, value: Attribute): void {
  text(w, 1, name)
  if (typeof value === 'number') {
    int(w, 3, value)
    int(w, 20, 2)
  } else if (typeof value === 'string') {
    text(w, 4, value)
    int(w, 20, 3)
  } else if ('float' in value) {
    w.uint32(tag(2, WireType.Bit32)).float(value.float)
    int(w, 20, 1)
  } else {
    for (const x of value) int(w, 8, x)
    int(w, 20, 7)
  }
}

function writeValueInfo(w: BinaryWriter, name: string, dtype: DType, shape: Shape): void {
  text(w, 1, name)
  nested(w, 2, (type) =>
    nested(type, 1, (tensorType) => {
      int(tensorType, 1, ELEMENT[dtype])
      nested(tensorType, 2, (s) => {
        for (const d of shape) nested(s, 1, (dim) => writeDim(dim, d))
      })
    }),
  )
}

function writeDim(w: BinaryWriter, d: Dim): void {
  if (typeof d === 'number') int(w, 1, d)
  else text(w, 2, d)
}
