// What the charts promise: gaps, kept extremes, unmoved ends, round axes.
import { describe, expect, it } from 'vitest'
import type { EvaluationSummary } from '@/contract/run'
import { measureTicks, niceTicks, stepTicks } from './prepare-axis'
import { nearestPoint, prepareLines, prepareMeasure, prepareMetric, prepareTable, runningMean, thin } from './prepare-curves'

const evaluation = (checkpointStep: number, mrr?: number): EvaluationSummary => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev', measures: mrr === undefined ? {} : { 'MRR@10': mrr }, n: 10 })

describe('measures', () => {
  it('break the line where a value is missing', () => {
    const chart = prepareMeasure('MRR@10', [{ id: 'a', label: 'a', colorIndex: 0, steps: 400, evaluations: [evaluation(100, 0.1), evaluation(200), evaluation(300, 0.3), evaluation(400, 0.4)] }])
    expect(chart.curves[0].stretches.map((s) => s.map((p) => p.x))).toEqual([[100], [300, 400]])
    const { rows } = prepareLines(chart.curves)
    expect(rows).toEqual([{ x: 100, 'a:0': 0.1 }, { x: 300, 'a:1': 0.3 }, { x: 400, 'a:1': 0.4 }])
  })
  it('draw BM25 as a level as wide as the longest run', () => {
    const chart = prepareMeasure('MRR@10', [
      { id: 'bm25', label: 'bm25', colorIndex: 0, steps: null, evaluations: [evaluation(0, 0.2)] },
      { id: 'star', label: 'star', colorIndex: 1, steps: 900, evaluations: [evaluation(0, 0.1)] },
    ])
    expect(chart.xLast).toBe(900)
    expect(chart.curves[0].stretches[0].map((p) => p.x)).toEqual([0, 900])
    expect(nearestPoint(chart.curves[0], 450, 10)?.y).toBe(0.2)
    expect(nearestPoint(chart.curves[1], 450, 10)).toBeNull()
    expect(prepareTable(chart.curves)).toEqual([{ x: 0, cells: [{ x: 0, y: 0.2, n: 10 }, { x: 0, y: 0.1, n: 10 }] }])
  })
})

describe('training curves', () => {
  const points = Array.from({ length: 20_000 }, (_, i) => ({ x: i + 1, y: Math.sin(i / 50) }))
  points[7777].y = 40
  points[12_345].y = -40
  it('keep extremes, first and last when thinned', () => {
    const thinned = thin(points, 20_000, 240)
    expect(thinned.length).toBeLessThanOrEqual(240 * 4 + 4)
    expect(thinned).toContain(points[7777])
    expect(thinned).toContain(points[12_345])
    expect(thinned[0]).toBe(points[0])
    expect(thinned.at(-1)).toBe(points.at(-1))
  })
  it('keep their ends when smoothed', () => {
    const smooth = runningMean(points)
    expect(smooth[0].y).toBe(points[0].y)
    expect(smooth.at(-1)!.y).toBeCloseTo(points.at(-1)!.y, 9)
  })
  it('show the raw curve behind the smoothed one', () => {
    const series = { loss: Array.from({ length: 100 }, (_, i) => ({ step: i + 1, value: 5 - i / 50, at: 0 })) }
    const chart = prepareMetric('loss', [{ id: 'a', label: 'a', colorIndex: 0, series, ends: [40, 120, 200] }], 'smooth')
    expect(chart.xLast).toBe(120)
    expect(chart.curves[0].behind).toHaveLength(100)
    expect(prepareMetric('loss', [{ id: 'a', label: 'a', colorIndex: 0, series: {}, ends: [] }], 'raw').curves).toEqual([])
  })
})

describe('axes', () => {
  it('are round and cover the data', () => {
    expect(niceTicks(0, 9.3, 4)).toEqual([0, 2.5, 5, 7.5, 10])
    expect(measureTicks([0.02, 0.24])[0]).toBe(0)
    expect(Math.max(...measureTicks([0.9, 0.99]))).toBeLessThanOrEqual(1)
    expect(measureTicks([1, 1])).toEqual([0.9, 0.925, 0.95, 0.975, 1])
    expect(stepTicks(900)).toEqual([0, 200, 400, 600, 800])
    expect(stepTicks(1)).toEqual([0, 1])
  })
})
