// Bounds by hand: holes as not relevant and as relevant, recall's denominator included.
import { expect, it } from 'vitest'
import { parseMeasure } from '@/contract/measure'
import { boundMeasure, countHoles } from './bounds'

const docs = [7, 8, 9, 10]
const grades = new Map([[9, 1], [11, 1], [10, 0]])

it('are what the measure is with every hole filled', () => {
  expect(boundMeasure(parseMeasure('MRR@10'), docs, grades, 1)).toEqual({ least: 1 / 3, most: 1 })
  // one of two relevant documents found; with two more relevant ones, three of four
  expect(boundMeasure(parseMeasure('R@100'), docs, grades, 1)).toEqual({ least: 0.5, most: 0.75 })
  const { least, most } = boundMeasure(parseMeasure('NDCG@10'), docs, grades, 1)
  expect(least).toBeCloseTo(1 / Math.log2(4) / (1 + 1 / Math.log2(3)))
  expect(most).toBeCloseTo((1 + 1 / Math.log2(3) + 1 / Math.log2(4)) / (1 + 1 / Math.log2(3) + 1 / Math.log2(4) + 1 / Math.log2(5)))
})

it('are the value itself where everything is judged, and look no further than the cut', () => {
  const complete = new Map([[7, 0], [8, 1], [9, 0], [10, 0]])
  expect(boundMeasure(parseMeasure('MRR@10'), docs, complete, 1)).toEqual({ least: 0.5, most: 0.5 })
  expect(boundMeasure(parseMeasure('P@1'), docs, new Map([[7, 0]]), 1)).toEqual({ least: 0, most: 0 })
  expect([countHoles(docs, grades, 10), countHoles(docs, grades, 1)]).toEqual([2, 1])
})
