// The rule table: how each op turns the gradients of its outputs into gradients of its inputs, as graph nodes.
// backward.ts walks it; gradients.test.ts checks every rule against finite differences.
import type { Graph } from './graph'
import { isOp, type Node, type OpName, type Value } from './ops'

/**
 * Gradients of the inputs, given that of the first output.
 * A null answer for an input means that no gradient flows to it (ids, masks that are data).
 * Broadcasting is undone by the caller: a rule may return the broadcast shape.
 */
type GradientRule<K extends OpName> = (g: Graph, node: Node<K>, dy: Value) => (Value | null)[]

/** `null`: not differentiable, explicitly. Only the first output of an op carries gradients. */
export const GRADIENTS: { [K in OpName]: GradientRule<K> | null } = {
  add: (_g, _n, dy) => [dy, dy],
  sub: (g, _n, dy) => [dy, g.neg(dy)],
  mul: (g, { inputs: [a, b] }, dy) => [g.mul(dy, b), g.mul(dy, a)],
  div: (g, { inputs: [, b], outputs: [y] }, dy) => {
    const da = g.div(dy, b)
    return [da, g.neg(g.mul(da, y))]
  },
  neg: (g, _n, dy) => [g.neg(dy)],
  exp: (g, { outputs: [y] }, dy) => [g.mul(dy, y)],
  sqrt: (g, { outputs: [y] }, dy) => [g.div(g.mul(dy, g.scalar(0.5)), y)],
  // d erf(x)/dx = 2/sqrt(pi) e^(-x^2)
  erf: (g, { inputs: [x] }, dy) => [g.mul(g.mul(dy, g.scalar(2 / Math.sqrt(Math.PI))), g.exp(g.neg(g.mul(x, x))))],
  sigmoid: (g, { outputs: [y] }, dy) => [g.mul(dy, g.mul(y, g.sub(g.scalar(1), y)))],
  softplus: (g, { inputs: [x] }, dy) => [g.mul(dy, g.sigmoid(x))],
  // d x Phi(x)/dx = Phi(x) + x phi(x); with s = x / sqrt 2, x phi(x) = s e^(ln(1/sqrt pi) - s^2)
  gelu: (g, { inputs: [x], outputs: [, cdf] }, dy) => {
    const s = scaledForErf(g, x)
    return [g.mul(dy, g.add(cdf, g.mul(s, g.exp(g.sub(g.scalar(-0.5 * Math.log(Math.PI)), g.mul(s, s))))))]
  },
  matMul: (g, { inputs: [a, b], attributes: { transA, transB, leadA, leadB, alpha, half } }, dy) => {
    // y = alpha A B with A, B as read. dA = alpha dy B^T, dB = alpha A^T dy, each written transposed where the operand is stored transposed
    const da = transA ? g.matMul(b, dy, { transA: transB, leadA: leadB, transB: true, alpha, half }) : g.matMul(dy, b, { transB: !transB, leadB, alpha, half })
    const db = transB ? g.matMul(dy, a, { transA: true, transB: transA, leadB: leadA, alpha, half }) : g.matMul(a, dy, { transA: !transA, leadA, alpha, half })
    return [leadA ? unlead(g, da) : da, leadB ? unlead(g, db) : db]
  },
  linear: (g, { inputs: [x, w] }, dy) => {
    const { value, alpha } = computedAgain(g, x)
    return [g.matMul(dy, w, { half: true }), g.matMul(dy, value, { transA: true, alpha, half: true }), g.sum(dy, [0])]
  },
  // With n = width, u = dy * gain, xhat = (x - mean) / std:
  // dx = (u - mean(u) - xhat * mean(u * xhat)) / std (Ba et al. 2016, "Layer Normalization").
  // Means over a row are products with a column, which are cheaper than reductions over the elementwise product.
  layerNorm: (g, { inputs: [x, gain], outputs: [, mean, invStd] }, dy) => {
    const width = x.shape[1] as number
    const column = g.reshape(gain, [width, 1])
    const alpha = 1 / width
    const dyx = g.mul(dy, x) // [rows, width]
    const meanU = g.matMul(dy, column, { alpha }) // [rows, 1]
    const meanUxhat = g.mul(invStd, g.sub(g.matMul(dyx, column, { alpha }), g.mul(mean, meanU))) // [rows, 1]
    const slope = g.mul(g.mul(invStd, invStd), meanUxhat) // [rows, 1]
    const offset = g.sub(g.mul(mean, slope), g.mul(invStd, meanU)) // [rows, 1]
    const dx = g.add(g.sub(g.mul(g.mul(dy, gain), invStd), g.mul(x, slope)), offset)
    const dGain = g.sub(g.matMul(invStd, dyx, { transA: true }), g.matMul(g.mul(mean, invStd), dy, { transA: true })) // [1, width]
    return [dx, g.reshape(dGain, [width]), g.sum(dy, [0])]
  },
  softmax: (g, { inputs: [x], outputs: [y] }, dy) => [g.mul(y, g.sub(dy, g.sum(g.mul(dy, y), [x.shape.length - 1], true)))],
  logSumExp: (g, { inputs: [x] }, dy) => [g.mul(dy, g.softmax(x))],
  dropout: (g, { outputs: [, factor] }, dy) => [g.mul(dy, factor), null, null],
  less: () => [null, null], // constant wherever it has a derivative
  sum: (g, { inputs: [x], attributes: { axes, keepDims } }, dy) => {
    const kept = keepDims ? dy : g.reshape(dy, x.shape.map((d, i) => (axes.includes(i) ? 1 : d)))
    return [g.expandLike(kept, x)]
  },
  sumSquares: (g, { inputs: [x] }, dy) => [g.mul(g.mul(x, g.scalar(2)), dy)],
  reshape: (g, { inputs: [x] }, dy) => [reshapedBack(g, dy, x)],
  reshapeLike: (g, { inputs: [x] }, dy) => [g.reshapeLike(dy, x), null],
  transpose: (g, { attributes: { perm } }, dy) => [g.transpose(dy, perm.map((_, i) => perm.indexOf(i)))],
  expandLike: (_g, _n, dy) => [dy, null],
  gather: (g, { inputs: [table, ids], attributes: { padding } }, dy) => [g.scatterAdd(ids, dy, table.shape[0] as number, padding), null],
  scatterAdd: null, // appears only in gradients
  takeRows: (g, { inputs: [x, index, inverse] }, dy) => {
    const flat = dy.shape.length === 2 ? dy : g.reshape(dy, [`rows of ${index.id}`, x.shape[1]])
    return [g.gather(flat, inverse), null, null]
  },
  concat: (g, { inputs }, dy) => [...g.splitLike(dy, inputs)],
  splitLike: null, // appears only in gradients
  split: null, // appears only around a step: the flat weights are cut before, the gradients are taken of the pieces
  select: null,
  after: (_g, _n, dy) => [dy, null],
  topK: null,
}

/** dy in the shape of x, which need not be kept for that where at most one size is unknown. */
function reshapedBack(g: Graph, dy: Value, x: Value): Value {
  const unknown = x.shape.filter((d, i) => typeof d === 'string' && dy.shape[i] !== d)
  return unknown.length > 1 ? g.reshapeLike(dy, x) : g.reshape(dy, x.shape)
}

/** What GELU's emission gives to erf: the same value, which is kept from there. */
const scaledForErf = (g: Graph, x: Value) => g.mul(x, g.scalar(Math.SQRT1_2))

/**
 * A value that a gradient reads, as `alpha` times one that need not be kept: GELU's output is sqrt 2 s Phi(x), both of which its own gradient
 * keeps. One more pass saves a third of what a feed-forward layer holds.
 */
function computedAgain(g: Graph, x: Value): { value: Value; alpha: number } {
  const node = g.producerOf(x)
  if (!node || !isOp(node, 'gelu') || node.outputs[0] !== x) return { value: x, alpha: 1 }
  return { value: g.mul(node.outputs[1], scaledForErf(g, node.inputs[0])), alpha: Math.SQRT2 }
}

/** Undoes matMul's `lead`: [B, h, L, d] back to [L, B, h, d]. */
function unlead(g: Graph, x: Value): Value {
  const rank = x.shape.length
  return g.transpose(x, [rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1])
}
