// Every rule of the gradient table against finite differences in double precision, and every op of both executors against the same interpreter.
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { interpret } from '@/tests/fixtures/interpret-graph'
import { buildLoss, CASES, feedsOf, floats, tensorsOf } from '@/tests/fixtures/op-cases'
import { gradients } from './backward'
import { GRADIENTS } from './gradients'
import { Graph } from './graph'
import type { OpName } from './ops'
import { openSession } from './session'
import { openTfjsSession } from './tfjs'

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

  const executors = {
    onnxruntime: { open: (g: Graph) => openSession(g, { threads: 1 }), tolerance: 2e-6 },
    // its erf is good to 1.5e-7, and its softmax and moments sum in another order
    'TensorFlow.js': { open: async (g: Graph) => openTfjsSession(g, tf), tolerance: 5e-6 },
  }
  test.each(Object.entries(executors))('%s computes the same, forward and backward', async (_name, { open, tolerance }) => {
    for (const c of CASES[op]) {
      const { g, inputs, loss, feeds } = buildLoss(c, feedsOf(c))
      const names = floats(c)
      if (differentiable) gradients(g, loss, names.map((name) => inputs[name])).forEach((v, i) => g.output(`d ${names[i]}`, v))
      const expected = interpret(g, feeds)
      const session = await open(g)
      const got = await session.run(tensorsOf(c, feeds))
      for (const name of Object.keys(expected)) {
        expect([...got[name].shape], name).toEqual(expected[name].shape)
        expectClose(got[name].data, expected[name].data, tolerance, name)
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
