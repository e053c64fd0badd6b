// Every rule of the gradient table against finite differences in double precision, and every op of the ONNX executor
// against the same interpreter. The table of cases is total: a new op without a case does not compile.
import { describe, expect, test } from 'vitest'
import { uniform } from '@/server/random/random'
import { interpret, type Dense } from '@/tests/fixtures/interpret-graph'
import { gradients } from './backward'
import { GRADIENTS } from './gradients'
import { Graph } from './graph'
import { openSession, type TensorData } from './onnx'
import type { OpName, Value } from './ops'

interface Case {
  /** Float inputs by shape; integer inputs by value. */
  inputs: Record<string, { shape: number[]; positive?: boolean } | { ids: number[]; shape: number[] }>
  /** Input shapes with sizes unknown until the run, where they differ from the concrete ones. */
  unknown?: Record<string, (number | string)[]>
  build: (g: Graph, v: Record<string, Value>) => Value
}

const two = (build: (g: Graph, a: Value, b: Value) => Value): Case[] =>
  [
    [[3, 4], [3, 4]],
    [[3, 4], [4]],
    [[3, 1], [3, 4]],
    [[2, 3, 4], [3, 1]],
    [[3, 4], []],
  ].map(([a, b]) => ({ inputs: { a: { shape: a }, b: { shape: b, positive: true } }, build: (g, v) => build(g, v.a, v.b) }))
const one = (build: (g: Graph, x: Value) => Value, positive = false): Case[] => [{ inputs: { x: { shape: [3, 4], positive } }, build: (g, v) => build(g, v.x) }]

const flags = [false, true]
const matMulCases: Case[] = [
  ...flags.flatMap((transA) => flags.map((transB): Case => ({ inputs: { a: { shape: transA ? [4, 3] : [3, 4] }, b: { shape: transB ? [5, 4] : [4, 5] } }, build: (g, v) => g.matMul(v.a, v.b, { transA, transB, alpha: 0.7 }) }))),
  ...flags.flatMap((transA) =>
    flags.flatMap((transB) =>
      flags.flatMap((leadA) =>
        flags.map((leadB): Case => {
          const stored = (rows: number, columns: number, trans: boolean, lead: boolean) => {
            const [r, c] = trans ? [columns, rows] : [rows, columns]
            return lead ? [r, 2, 1, c] : [2, 1, r, c]
          }
          return {
            inputs: { a: { shape: stored(2, 3, transA, leadA) }, b: { shape: stored(3, 4, transB, leadB) } },
            build: (g, v) => g.matMul(v.a, v.b, { transA, transB, leadA, leadB, alpha: 0.7 }),
          }
        }),
      ),
    ),
  ),
]

const CASES: { [K in OpName]: Case[] } = {
  add: two((g, a, b) => g.add(a, b)),
  sub: two((g, a, b) => g.sub(a, b)),
  mul: two((g, a, b) => g.mul(a, b)),
  div: two((g, a, b) => g.div(a, b)),
  neg: one((g, x) => g.neg(x)),
  exp: one((g, x) => g.exp(x)),
  sqrt: one((g, x) => g.sqrt(x), true),
  erf: one((g, x) => g.erf(x)),
  sigmoid: one((g, x) => g.sigmoid(x)),
  softplus: one((g, x) => g.softplus(x)),
  gelu: one((g, x) => g.gelu(x)),
  matMul: matMulCases,
  linear: [{ inputs: { x: { shape: [3, 4] }, w: { shape: [5, 4] }, b: { shape: [5] } }, build: (g, v) => g.linear(v.x, v.w, v.b) }],
  layerNorm: [{ inputs: { x: { shape: [3, 8] }, gain: { shape: [8] }, bias: { shape: [8] } }, build: (g, v) => g.layerNorm(v.x, v.gain, v.bias, 1e-5) }],
  softmax: one((g, x) => g.softmax(x)),
  dropout: [
    { inputs: { x: { shape: [3, 4] }, rows: { shape: [3, 1], ids: [1_234_567_891, -987_654_321, 77_777_777] }, columns: { shape: [1, 4], ids: [2_000_000_011, -1_999_999_973, 5, 1_111_111_113] } }, build: (g, v) => g.dropout(v.x, v.rows, v.columns, 0.4) },
  ],
  less: two((g, a, b) => g.less(a, b)),
  sum: [[0], [1], [0, 2], [0, 1, 2]].flatMap((axes) => flags.map((keepDims): Case => ({ inputs: { x: { shape: [2, 3, 4] } }, build: (g, v) => g.sum(v.x, axes, keepDims) }))),
  sumSquares: one((g, x) => g.sumSquares(x)),
  reshape: [
    { inputs: { x: { shape: [3, 4] } }, build: (g, v) => g.reshape(v.x, [2, 6]) },
    { inputs: { x: { shape: [3, 4] } }, unknown: { x: ['rows', 4] }, build: (g, v) => g.reshape(v.x, ['rows', 2, 2]) },
    { inputs: { x: { shape: [2, 3, 4] } }, unknown: { x: ['a', 'b', 4] }, build: (g, v) => g.reshape(v.x, ['a*b', 4]) },
  ],
  reshapeLike: [{ inputs: { x: { shape: [6, 4] }, like: { shape: [2, 3, 4] } }, unknown: { x: ['ab', 4], like: ['a', 'b', 4] }, build: (g, v) => g.mul(g.reshapeLike(v.x, v.like), v.like) }],
  transpose: [{ inputs: { x: { shape: [2, 3, 4] } }, build: (g, v) => g.transpose(v.x, [2, 0, 1]) }],
  expandLike: [{ inputs: { x: { shape: [3, 1] }, like: { shape: [2, 3, 4] } }, build: (g, v) => g.mul(g.expandLike(v.x, v.like), v.like) }],
  gather: [
    { inputs: { table: { shape: [5, 4] }, ids: { shape: [3], ids: [4, 1, 4] } }, build: (g, v) => g.gather(v.table, v.ids) },
    { inputs: { table: { shape: [5, 4] }, ids: { shape: [2, 2], ids: [0, 3, 3, 3] } }, build: (g, v) => g.gather(v.table, v.ids) },
  ],
  scatterAdd: [{ inputs: { ids: { shape: [3], ids: [4, 1, 4] }, updates: { shape: [3, 4] } }, build: (g, v) => g.scatterAdd(v.ids, v.updates, 5, 1) }],
  takeRows: [
    { inputs: { x: { shape: [4, 3] }, index: { shape: [2, 2], ids: [2, 0, 3, 1] }, inverse: { shape: [4], ids: [1, 3, 0, 2] } }, build: (g, v) => g.takeRows(v.x, v.index, v.inverse) },
    { inputs: { x: { shape: [4, 3] }, index: { shape: [4], ids: [2, 0, 3, 1] }, inverse: { shape: [4], ids: [1, 3, 0, 2] } }, build: (g, v) => g.takeRows(v.x, v.index, v.inverse) },
  ],
  concat: [{ inputs: { a: { shape: [2, 4] }, b: { shape: [3, 4] } }, unknown: { a: ['m', 4], b: ['n', 4] }, build: (g, v) => g.concat([v.a, v.b]) }],
  splitLike: [{ inputs: { x: { shape: [5, 4] }, a: { shape: [2, 4] }, b: { shape: [3, 4] } }, unknown: { a: ['m', 4], b: ['n', 4] }, build: (g, v) => g.splitLike(v.x, [v.a, v.b])[0] }],
  topK: [{ inputs: { x: { shape: [3, 6] } }, build: (g, v) => g.topK(v.x, 2).values }],
}

const random = uniform(7)
const isFloat = (input: Case['inputs'][string]): input is { shape: number[]; positive?: boolean } => !('ids' in input)

function feedsOf(c: Case): Record<string, Dense> {
  return Object.fromEntries(
    Object.entries(c.inputs).map(([name, input]) => {
      if (!isFloat(input)) return [name, { shape: input.shape, data: Float64Array.from(input.ids) }]
      const count = input.shape.reduce((a, b) => a * b, 1)
      return [name, { shape: input.shape, data: Float64Array.from({ length: count }, () => (input.positive ? 0.5 + random() : 2 * random() - 1)) }]
    }),
  )
}

/** A scalar that depends on every element of the case's result differently. */
function buildLoss(c: Case, feeds: Record<string, Dense>) {
  const g = new Graph()
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, input]) => [name, g.input(name, c.unknown?.[name] ?? input.shape, isFloat(input) ? 'f32' : 'i32')]))
  const result = c.build(g, inputs)
  g.output('result', result)
  const weights = g.input('weights', result.shape)
  const loss = g.sum(g.mul(result, weights))
  g.output('loss', loss)
  const shape = interpret(g, { ...feeds, weights: { shape: [], data: Float64Array.of(1) } }).result.shape
  const all: Record<string, Dense> = { ...feeds, weights: { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1) } }
  return { g, inputs, loss, feeds: all }
}

const floats = (c: Case) => Object.keys(c.inputs).filter((name) => isFloat(c.inputs[name]))
const toTensor = (dense: Dense, integer: boolean): TensorData => ({ data: integer ? Int32Array.from(dense.data) : Float32Array.from(dense.data), shape: dense.shape })

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) {
  expect(actual.length, what).toBe(expected.length)
  const scale = Math.max(1, ...Array.from(expected, Math.abs))
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i]) / scale, `${what}[${i}]: ${actual[i]} against ${expected[i]}`).toBeLessThan(tolerance)
}

describe.each(Object.keys(CASES) as OpName[])('%s', (op) => {
  const differentiable = GRADIENTS[op] !== null && op !== 'less' // which is constant almost everywhere

  if (differentiable) test('gradient equals finite differences', () => {
    for (const c of CASES[op]) {
      const { g, inputs, loss, feeds } = buildLoss(c, feedsOf(c))
      const names = floats(c)
      gradients(g, loss, names.map((name) => inputs[name])).forEach((v, i) => g.output(`d ${names[i]}`, v))
      const got = interpret(g, feeds)
      const at = (name: string, data: Float64Array) => interpret(g, { ...feeds, [name]: { ...feeds[name], data } }).loss.data[0]
      for (const name of names) {
        const h = 1e-5
        const numeric = feeds[name].data.map((_, i) => {
          const moved = (by: number) => at(name, feeds[name].data.with(i, feeds[name].data[i] + by))
          return (moved(h) - moved(-h)) / (2 * h)
        })
        expectClose(got[`d ${name}`].data, numeric, 1e-7, `d ${name}`)
      }
    }
  })

  else
    test('refuses a gradient', () => {
      const { g, inputs, loss } = buildLoss(CASES[op][0], feedsOf(CASES[op][0]))
      expect(() => gradients(g, loss, [inputs[floats(CASES[op][0])[0]]])).toThrow(/not differentiable|does not influence/)
    })

  test('onnxruntime computes the same, forward and backward', async () => {
    for (const c of CASES[op]) {
      const { g, inputs, loss, feeds } = buildLoss(c, feedsOf(c))
      const names = floats(c)
      if (differentiable) gradients(g, loss, names.map((name) => inputs[name])).forEach((v, i) => g.output(`d ${names[i]}`, v))
      const expected = interpret(g, feeds)
      const session = await openSession(g, { threads: 1 })
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, dense]) => [name, toTensor(dense, name in c.inputs && !isFloat(c.inputs[name]))]))
      const got = await session.run(tensors)
      for (const name of Object.keys(expected)) {
        expect([...got[name].shape], name).toEqual(expected[name].shape)
        expectClose(got[name].data, expected[name].data, 2e-6, name)
      }
      await session.close()
    }
  })
})

test('a gather leaves its padding row without gradient', () => {
  const g = new Graph()
  const table = g.input('table', [3, 2])
  const loss = g.sum(g.gather(table, g.input('ids', [3], 'i32'), 1))
  g.output('d table', gradients(g, loss, [table])[0])
  const feeds = { table: { shape: [3, 2], data: new Float64Array(6) }, ids: { shape: [3], data: Float64Array.of(1, 2, 2) } }
  expect(Array.from(interpret(g, feeds)['d table'].data)).toEqual([0, 0, 0, 0, 2, 2])
})

test('a value that the loss does not depend on is named', () => {
  const g = new Graph()
  const [a, b] = [g.input('a', [2]), g.input('b', [2])]
  expect(() => gradients(g, g.sum(a), [b])).toThrow(/does not influence/)
})
