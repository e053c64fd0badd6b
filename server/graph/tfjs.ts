// Runs a graph with TensorFlow.js: the second executor. @tensorflow/tfjs-node-gpu is a GPU where a user installed it; tests give the pure
// JavaScript build as a second opinion on every op. Called by session.ts.
import type * as tensorflow from '@tensorflow/tfjs-core'
import type { Graph } from './graph'
import { reshapeTarget } from './onnx-encode'
import { dropoutThreshold, type Node, type OpName, type Value } from './ops'
import type { GraphSession, TensorData } from './session'

export type TensorFlow = typeof tensorflow
type Tensor = tensorflow.Tensor

type Rule<K extends OpName> = (tf: TensorFlow, inputs: Tensor[], node: Node<K>) => Tensor[]

const RULES: { [K in OpName]: Rule<K> } = {
  add: (tf, [a, b]) => [tf.add(a, b)],
  sub: (tf, [a, b]) => [tf.sub(a, b)],
  mul: (tf, [a, b]) => [tf.mul(a, b)],
  div: (tf, [a, b]) => [tf.div(a, b)],
  neg: (tf, [x]) => [tf.neg(x)],
  exp: (tf, [x]) => [tf.exp(x)],
  sqrt: (tf, [x]) => [tf.sqrt(x)],
  erf: (tf, [x]) => [tf.erf(x)],
  sigmoid: (tf, [x]) => [tf.sigmoid(x)],
  softplus: (tf, [x]) => [tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))))],
  gelu: (tf, [x]) => {
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5)
    return [tf.mul(x, cdf), cdf]
  },
  matMul: (tf, [a, b], { attributes: { transA, transB, leadA, leadB, alpha } }) => [tf.mul(tf.matMul(leadA ? lead(tf, a) : a, leadB ? lead(tf, b) : b, transA, transB), alpha)],
  linear: (tf, [x, w, b]) => [tf.add(tf.matMul(x as tensorflow.Tensor2D, w as tensorflow.Tensor2D, false, true), b)],
  layerNorm: (tf, [x, gain, bias], { attributes: { epsilon } }) => {
    const { mean, variance } = tf.moments(x, -1, true)
    const invStd = tf.rsqrt(tf.add(variance, epsilon))
    return [tf.add(tf.mul(tf.mul(tf.sub(x, mean), invStd), gain), bias), mean, invStd]
  },
  softmax: (tf, [x]) => [tf.softmax(x)],
  logSumExp: (tf, [x]) => [tf.logSumExp(x, -1, true)],
  dropout: (tf, [x, rows, columns], { attributes: { rate } }) => {
    // integer products that wrap at 32 bits are not TensorFlow.js's: the factor is made here
    const size = x.shape.reduce((a, b) => a * b, 1)
    const [rowKeys, columnKeys] = [rows, columns].map((keys) => tf.broadcastTo(keys, x.shape).dataSync())
    const threshold = dropoutThreshold(rate)
    const factor = tf.tensor(Float32Array.from({ length: size }, (_, i) => (Math.imul(rowKeys[i], columnKeys[i]) < threshold ? 0 : 1 / (1 - rate))), x.shape)
    return [tf.mul(x, factor), factor]
  },
  less: (tf, [a, b]) => [tf.cast(tf.less(a, b), 'float32')],
  sum: (tf, [x], { attributes: { axes, keepDims } }) => [tf.sum(x, [...axes], keepDims)],
  sumSquares: (tf, [x]) => [tf.sum(tf.square(x))],
  reshape: (tf, [x], { inputs: [value], attributes: { shape } }) => [tf.reshape(x, reshapeTarget(value.shape, shape).map((d, i) => (d === 0 ? x.shape[i] : d)))],
  reshapeLike: (tf, [x, like]) => [tf.reshape(x, like.shape)],
  transpose: (tf, [x], { attributes: { perm } }) => [tf.transpose(x, [...perm])],
  expandLike: (tf, [x, like]) => [tf.broadcastTo(x, like.shape)],
  gather: (tf, [table, ids]) => [tf.gather(table, ids as tensorflow.Tensor1D)],
  scatterAdd: (tf, [ids, updates], { attributes: { rows, padding } }) => {
    const flatIds = tf.reshape(ids, [-1]) as tensorflow.Tensor1D
    const flat = tf.reshape(updates, [-1, updates.shape[updates.shape.length - 1]])
    const kept = padding === null ? flat : tf.mul(flat, tf.cast(tf.expandDims(tf.notEqual(flatIds, padding), 1), 'float32'))
    return [tf.unsortedSegmentSum(kept, flatIds, rows)]
  },
  takeRows: (tf, [x, index]) => [tf.gather(x, index as tensorflow.Tensor1D)],
  concat: (tf, parts) => [tf.concat(parts, 0)],
  splitLike: (tf, [x, ...parts]) => tf.split(x, parts.map((part) => part.shape[0]), 0),
  split: (tf, [x], { attributes: { rows } }) => tf.split(x, [...rows], 0),
  select: (tf, [condition, a, b]) => [tf.where(tf.cast(condition, 'bool'), a, b)],
  after: (_tf, [x]) => [x],
  topK: (tf, [x], { attributes: { k } }) => {
    const { values, indices } = tf.topk(x, k, true)
    return [values, indices]
  },
}

/** matMul's `lead`: axis 0 moved before the last. */
function lead(tf: TensorFlow, x: Tensor): Tensor {
  return tf.transpose(x, [...Array.from({ length: x.rank - 2 }, (_, i) => i + 1), 0, x.rank - 1])
}

/** A session over the nodes of a graph; tensors of a run are freed when it ends. */
export function openTfjsSession(graph: Graph, tf: TensorFlow, fixed: Record<string, TensorData> = {}): GraphSession {
  return {
    run(fed, into = {}) {
      const feeds = { ...fixed, ...fed }
      const results: Record<string, TensorData> = {}
      tf.tidy(() => {
        const values = new Map<Value, Tensor>()
        for (const [name, v] of graph.inputs) values.set(v, tf.tensor(feeds[name].data, [...feeds[name].shape], v.dtype === 'f32' ? 'float32' : 'int32'))
        for (const [v, x] of graph.constants) values.set(v, tf.scalar(x))
        for (const node of graph.nodes) {
          const outputs = (RULES[node.op] as Rule<OpName>)(tf, node.inputs.map((v) => values.get(v)!), node)
          node.outputs.forEach((v, i) => values.set(v, outputs[i]))
        }
        for (const [name, v] of graph.outputs) {
          const result = values.get(v)!
          results[name] = into[name] ?? { data: result.dataSync() as Float32Array | Int32Array, shape: result.shape }
          if (into[name]) into[name].data.set(result.dataSync())
        }
      })
      return Promise.resolve(results)
    },
    close: () => Promise.resolve(),
  }
}
