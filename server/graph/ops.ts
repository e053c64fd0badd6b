// The op set of the engine: what a graph node can be, with attributes and result shapes.
// Executors (onnx.ts) and gradient rules (gradients.ts) are total tables over it: a missing entry does not compile.

export type DType = 'f32' | 'i32'
/** A number, or the name of a size known only when the graph runs. Equal names are equal sizes. */
export type Dim = number | string
export type Shape = readonly Dim[]

export interface Value {
  readonly id: number
  readonly shape: Shape
  readonly dtype: DType
}

interface None {}

export interface OpAttributes {
  // elementwise, with NumPy broadcasting
  add: None
  sub: None
  mul: None
  div: None
  // elementwise
  neg: None
  exp: None
  sqrt: None
  erf: None
  sigmoid: None
  /** log(1 + e^x) without overflow */
  softplus: None
  /** x -> x Phi(x), Phi(x): exact, with the cumulative normal distribution that the gradient needs */
  gelu: None
  /**
   * alpha * a b on the last two axes. `lead` reads an operand with axis 0 moved before the last: [L, B, h, d] as [B, h, L, d]. `half`: may be
   * computed in half precision, as may every `linear`, where a session is told so.
   */
  matMul: { transA: boolean; transB: boolean; leadA: boolean; leadB: boolean; alpha: number; half: boolean }
  /** x [rows, in], w [out, in], b [out] -> x w^T + b [rows, out] */
  linear: None
  /** x [rows, width], gain [width], bias [width] -> normalised rows, mean [rows, 1], 1/std [rows, 1] */
  layerNorm: { epsilon: number }
  /** over the last axis */
  softmax: None
  /** log of the sum of e^x over the last axis, which stays with size 1; without overflow */
  logSumExp: None
  /** x, rows i32, columns i32 (both broadcast to x) -> x kept / (1 - rate) or 0, and that factor. Kept where rows * columns, wrapped to 32 bits, is not among the lowest `rate` */
  dropout: { rate: number }
  /** 1 where a < b, else 0; with NumPy broadcasting */
  less: None
  sum: { axes: readonly number[]; keepDims: boolean }
  /** sum of squares over everything -> [] */
  sumSquares: None
  reshape: { shape: Shape }
  /** (x, like): x in the shape of like, which has as many elements */
  reshapeLike: None
  transpose: { perm: readonly number[] }
  /** (x, like): x broadcast to the shape of like */
  expandLike: None
  /** table [n, width], ids [...] -> [..., width]; gradients add up where an id repeats, and row `padding` gets none (torch's padding_idx) */
  gather: { padding: number | null }
  /** ids [...], updates [..., width] -> [rows, width]: sums by id, zero where no id points; updates of id `padding` are left out */
  scatterAdd: { rows: number; padding: number | null }
  /** x [n, width], index [...], inverse [n] -> [..., width]; inverse[index[i]] = i wherever a gradient is not zero, so the gradient is a gather too */
  takeRows: None
  /** rows of all inputs [n_i, width], one after the other -> [n, width] */
  concat: None
  /** (x [n, width], parts [n_i, width]...): x cut into as many rows as each part has */
  splitLike: None
  /** rows of x [n, width] cut into pieces of `rows` each, which add up to n */
  split: { rows: readonly number[] }
  /** (condition [1], a, b): a where the condition is not 0, else b, of one shape; what is not taken may be NaN */
  select: None
  /** (x, before): x itself, read when the scalar `before` is there */
  after: None
  /** x [..., n] -> values [..., k], indices [..., k] of the k largest, in descending order */
  topK: { k: number }
}

export type OpName = keyof OpAttributes

export interface Node<K extends OpName = OpName> {
  readonly op: K
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: OpAttributes[K]
}

export function isOp<K extends OpName>(node: Node, op: K): node is Node<K> & Node {
  return node.op === op
}

const sameShape = (a: Shape, b: Shape) => a.length === b.length && a.every((dim, i) => dim === b[i])

function fail(op: OpName, inputs: readonly Value[], why: string): never {
  throw new Error(`${op}(${inputs.map((v) => `[${v.shape.join(', ')}]`).join(', ')}): ${why}`)
}

/** Shape of a NumPy-style broadcast. */
export function broadcast(op: OpName, a: Value, b: Value): Shape {
  const rank = Math.max(a.shape.length, b.shape.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a.shape[a.shape.length - rank + i] ?? 1
    const y = b.shape[b.shape.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) fail(op, [a, b], `sizes ${x} and ${y} do not broadcast`)
    return x === 1 ? y : x
  })
}

/** The shape that matMul reads an operand in, after `lead` and `trans`. */
export function matMulOperand(shape: Shape, lead: boolean, trans: boolean): Shape {
  let s = [...shape]
  if (lead) s = [...s.slice(1, -1), s[0], s[s.length - 1]]
  if (trans) s = [...s.slice(0, -2), s[s.length - 1], s[s.length - 2]]
  return s
}

/** Products of keys below this are dropped: 32-bit integers, all alike likely. */
export function dropoutThreshold(rate: number): number {
  return Math.round(-(2 ** 31) + rate * 2 ** 32)
}

type ShapeRule<K extends OpName> = (inputs: readonly Value[], attributes: OpAttributes[K]) => { shape: Shape; dtype?: DType }[]

const elementwise = (op: OpName) => (inputs: readonly Value[]) => [{ shape: broadcast(op, inputs[0], inputs[1]) }]
const same = (inputs: readonly Value[]) => [{ shape: inputs[0].shape }]

/** Result shapes of every op; throws where the inputs do not fit. */
export const SHAPES: { [K in OpName]: ShapeRule<K> } = {
  add: elementwise('add'),
  sub: elementwise('sub'),
  mul: elementwise('mul'),
  div: elementwise('div'),
  neg: same,
  exp: same,
  sqrt: same,
  erf: same,
  sigmoid: same,
  softplus: same,
  gelu: ([x]) => [{ shape: x.shape }, { shape: x.shape }],
  matMul: (inputs, { transA, transB, leadA, leadB }) => {
    const a = matMulOperand(inputs[0].shape, leadA, transA)
    const b = matMulOperand(inputs[1].shape, leadB, transB)
    if (a.length !== b.length || !sameShape(a.slice(0, -2), b.slice(0, -2)) || a[a.length - 1] !== b[b.length - 2]) fail('matMul', inputs, `read as [${a.join(', ')}] x [${b.join(', ')}], they do not fit`)
    return [{ shape: [...a.slice(0, -1), b[b.length - 1]] }]
  },
  linear: (inputs) => {
    const [x, w, b] = inputs.map((v) => v.shape)
    if (x.length !== 2 || w.length !== 2 || b.length !== 1 || x[1] !== w[1] || w[0] !== b[0]) fail('linear', inputs, 'expected [rows, in], [out, in], [out]')
    return [{ shape: [x[0], w[0]] }]
  },
  layerNorm: (inputs) => {
    const [x, gain, bias] = inputs.map((v) => v.shape)
    if (x.length !== 2 || gain.length !== 1 || gain[0] !== x[1] || !sameShape(gain, bias)) fail('layerNorm', inputs, 'expected [rows, width], [width], [width]')
    return [{ shape: x }, { shape: [x[0], 1] }, { shape: [x[0], 1] }]
  },
  softmax: same,
  logSumExp: ([x]) => [{ shape: [...x.shape.slice(0, -1), 1] }],
  dropout: ([x]) => [{ shape: x.shape }, { shape: x.shape }],
  less: elementwise('less'),
  sum: ([x], { axes, keepDims }) => [{ shape: keepDims ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : x.shape.filter((_, i) => !axes.includes(i)) }],
  sumSquares: () => [{ shape: [] }],
  reshape: ([x], { shape }) => {
    if (shape.filter((d, i) => typeof d === 'string' && x.shape[i] !== d).length > 1) fail('reshape', [x], `at most one moved unknown size in [${shape.join(', ')}]`)
    return [{ shape, dtype: x.dtype }]
  },
  reshapeLike: ([x, like]) => [{ shape: like.shape, dtype: x.dtype }],
  transpose: ([x], { perm }) => [{ shape: perm.map((p) => x.shape[p]) }],
  expandLike: ([, like]) => [{ shape: like.shape }],
  gather: ([table, ids]) => [{ shape: [...ids.shape, ...table.shape.slice(1)] }],
  scatterAdd: ([, updates], { rows }) => [{ shape: [rows, updates.shape[updates.shape.length - 1]] }],
  takeRows: (inputs) => {
    const [x, index, inverse] = inputs
    if (x.shape.length !== 2 || inverse.shape.length !== 1 || inverse.shape[0] !== x.shape[0]) fail('takeRows', inputs, 'expected [n, width], [...], [n]')
    return [{ shape: [...index.shape, x.shape[1]] }]
  },
  concat: (inputs) => {
    if (inputs.some((v) => v.shape.length !== 2 || v.shape[1] !== inputs[0].shape[1])) fail('concat', inputs, 'expected [rows, width] of one width')
    const rows = inputs.map((v) => v.shape[0])
    const total = rows.every((n) => typeof n === 'number') ? rows.reduce((a, b) => a + b, 0) : rows.join('+')
    return [{ shape: [total, inputs[0].shape[1]] }]
  },
  splitLike: ([, ...parts]) => parts.map(({ shape }) => ({ shape })),
  split: (inputs, { rows }) => {
    const [n, ...rest] = inputs[0].shape
    if (n !== rows.reduce((a, b) => a + b, 0)) fail('split', inputs, `pieces of ${rows.length} sizes do not add up to ${n}`)
    return rows.map((count) => ({ shape: [count, ...rest] }))
  },
  select: (inputs) => {
    if (!sameShape(inputs[1].shape, inputs[2].shape)) fail('select', inputs, 'expected [1] and two of one shape')
    return [{ shape: inputs[1].shape }]
  },
  after: (inputs) => {
    const [x, before] = inputs
    if (before.shape.length) fail('after', inputs, 'expected a scalar to wait for')
    return [{ shape: x.shape, dtype: x.dtype }]
  },
  topK: ([x], { k }) => {
    const shape = [...x.shape.slice(0, -1), k]
    return [{ shape }, { shape, dtype: 'i32' }]
  },
}
