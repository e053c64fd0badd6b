// What the charts promise: gaps, kept extremes, unmoved ends, round axes.
import { describe, expect, it } from 'vitest'
import type { EvaluationSummary, MetricSeries } from '@/contract/run'
import { chartCsv } from './export-chart'
import { logTicks, measureTicks, niceTicks, scaleTo, tickLabels, xTicks } from './prepare-axis'
import { nearestPoint, PLAIN_LOOK, prepareMeasure, prepareMetric, prepareTable, runningMean, stepsInside, thin, zoomRange } from './prepare-curves'
import { bandPath, linePath } from './prepare-paths'

const evaluation = (checkpointStep: number, mrr?: number): EvaluationSummary => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev', measures: mrr === undefined ? {} : { 'MRR@10': mrr }, n: 10 })

describe('measures', () => {
  it('break the line where a value is missing', () => {
    const chart = prepareMeasure('MRR@10', [{ id: 'a', label: 'a', colorIndex: 0, steps: 400, evaluations: [evaluation(100, 0.1), evaluation(200), evaluation(300, 0.3), evaluation(400, 0.4)] }])
    expect(chart.curves[0].stretches.map((s) => s.map((p) => p.x))).toEqual([[100], [300, 400]])
    expect(prepareTable(chart.curves).map(({ x, cells }) => [x, cells[0]?.y])).toEqual([[100, 0.1], [300, 0.3], [400, 0.4]])
  })
  it('draw BM25 as a level as wide as the longest run', () => {
    const chart = prepareMeasure('MRR@10', [
      { id: 'bm25', label: 'bm25', colorIndex: 0, steps: null, evaluations: [evaluation(0, 0.2)] },
      { id: 'star', label: 'star', colorIndex: 1, steps: 900, evaluations: [evaluation(0, 0.1)] },
    ])
    expect(chart.x.to).toBe(900)
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
    expect(chart.x.to).toBe(120)
    expect(chart.curves[0].behind).toHaveLength(100)
    expect(prepareMetric('loss', [{ id: 'a', label: 'a', colorIndex: 0, series: {}, ends: [] }], 'raw').curves).toEqual([])
  })
})

describe('curves over seeds', () => {
  const loss = (values: number[], first = 0) => ({ loss: values.map((value, i) => ({ step: first + i, value, at: 0 })) })
  const named = (id: string) => ({ id, label: id, colorIndex: 0 })
  const draw = (a: MetricSeries, b: MetricSeries, smooth: 'smooth' | 'raw' = 'raw') => prepareMetric('loss', [{ ...named('a'), series: a, ends: [], seeds: [{ ...named('b'), series: b }] }], smooth)
  it('are their mean with a band from the lowest to the highest, as far as all of them have come', () => {
    const { curves, yTicks } = draw(loss([4, 3, 2]), loss([2, 9]))
    expect(curves).toEqual([{ ...named('a'), stretches: [[{ x: 0, y: 3, interval: [2, 4] }, { x: 1, y: 6, interval: [3, 9] }]] }])
    expect(yTicks.at(-1)).toBeGreaterThanOrEqual(9)
  })
  it('keep the extremes that were thinned away beside the means', () => {
    const thinned: MetricSeries = { loss: [{ step: 0, value: 5, at: 0, of: { n: 256, mean: 1 } }, { step: 9, value: 99, at: 0, of: { n: 0, mean: 0 } }, { step: 256, value: 1, at: 0, of: { n: 256, mean: 2 } }] }
    expect(draw(thinned, thinned).curves[0].stretches).toEqual([[{ x: 0, y: 1, interval: [5, 99] }, { x: 256, y: 2, interval: [1, 1] }]])
  })
  it('are smoothed before they are joined', () => {
    const band = draw(loss(Array.from({ length: 100 }, (_, i) => i % 2)), loss(Array.from({ length: 100 }, (_, i) => 1 + (i % 2))), 'smooth').curves[0].stretches[0]
    expect(band[50].y).toBeCloseTo(1, 0)
    expect(band[50].interval![1] - band[50].interval![0]).toBeCloseTo(1, 9)
  })
  it('stand for themselves where they share no steps', () => {
    expect(draw(loss([1, 2]), loss([1, 2], 100)).curves.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('a look at the curves', () => {
  const series = { loss: Array.from({ length: 100 }, (_, i) => ({ step: i * 10, value: 1 + i, at: 1_000_000 + i * 60_000 })) }
  const source = { id: 'a', label: 'a', colorIndex: 0, series, ends: [990], clock: { stepsPerEpoch: 100, startedAt: 1_000_000 } }
  it('goes over epochs and time', () => {
    expect(prepareMetric('loss', [source], 'raw', { ...PLAIN_LOOK, x: 'epoch' }).x).toEqual({ kind: 'epoch', from: 0, to: 9.9 })
    expect(prepareMetric('loss', [source], 'raw', { ...PLAIN_LOOK, x: 'time' }).x).toEqual({ kind: 'time', from: 0, to: 5940 })
  })
  it('shows a stretch with its own vertical axis, and the line goes on to the edges', () => {
    const chart = prepareMetric('loss', [source], 'raw', { ...PLAIN_LOOK, range: [205, 295] })
    expect(chart.curves[0].stretches[0].map((p) => p.x)).toEqual([200, 210, 220, 230, 240, 250, 260, 270, 280, 290, 300])
    expect(chart.yTicks[0]).toBe(20)
  })
  it('asks for a stretch only where points were thinned away', () => {
    expect(stepsInside([205, 295], 'step', source)).toBeNull()
    const thinned = { ...source, series: { loss: series.loss.map((point) => ({ ...point, of: { n: 256, mean: point.value } })) } }
    expect(stepsInside([205, 295], 'step', thinned)).toEqual({ from: 200, to: 300 })
  })
  it('zooms around a place and out to everything', () => {
    expect(zoomRange({ from: 0, to: 100 }, [0, 100], 20, 2)).toEqual([10, 60])
    expect(zoomRange({ from: 10, to: 60 }, [0, 100], 20, 0.5)).toBeNull()
  })
  it('is saved with intervals, and names that need quotes', () => {
    const chart = prepareMeasure('MRR@10', [{ id: 'a', label: 'a, "b"', colorIndex: 0, steps: 100, evaluations: [{ ...evaluation(100, 0.5), intervals: { 'MRR@10': [0.4, 0.6] } }, evaluation(200)] }])
    expect(chartCsv(chart.curves, 'step').split('\r\n')).toEqual(['step,"a, ""b""","a, ""b"" low","a, ""b"" high","a, ""b"" n"', '100,0.5,0.4,0.6,10', ''])
    expect(bandPath([{ x: 0, y: 1, interval: [0, 2] }, { x: 1, y: 1, interval: [0.5, 1.5] }], (x) => x, (y) => y, 'linear')).toBe('M0 2L1 1.5L1 0.5L0 0Z')
  })
  it('smooths what the server has thinned by the means of all points, not by the extremes', () => {
    const thinned = Array.from({ length: 200 }, (_, i) => [{ x: 2 * i, y: 9, of: { n: 100, mean: 1 } }, { x: 2 * i + 1, y: 1, of: { n: 0, mean: 1 } }]).flat()
    const smooth = runningMean(thinned)
    expect(smooth[0].y).toBe(9)
    expect(smooth[100].y).toBeCloseTo(1)
    expect(smooth.at(-1)).toEqual({ x: 399, y: 1 })
  })
})

describe('axes', () => {
  it('are round and cover the data', () => {
    expect(niceTicks(0, 9.3, 4)).toEqual([0, 2.5, 5, 7.5, 10])
    expect([niceTicks(1, 1, 4), niceTicks(0, 0, 4)].map((ticks) => [ticks[0], ticks.at(-1)])).toEqual([[0, 1], [0, 1]])
    expect(measureTicks([0.02, 0.24])[0]).toBe(0)
    expect(Math.max(...measureTicks([0.9, 0.99]))).toBeLessThanOrEqual(1)
    expect(measureTicks([1, 1])).toEqual([0.9, 0.925, 0.95, 0.975, 1])
    expect(xTicks('step', 0, 900)).toEqual([0, 200, 400, 600, 800])
    expect(xTicks('step', 0, 1)).toEqual([0, 1])
    expect(xTicks('time', 0, 7200)).toEqual([0, 1800, 3600, 5400, 7200])
  })
  it('have a logarithmic scale that breaks a line where there is no logarithm', () => {
    expect(logTicks(0.03, 4)).toEqual([0.01, 0.1, 1, 10])
    expect(tickLabels(logTicks(0.2, 4), 'log')).toEqual(['0.2', '0.5', '1', '2', '5'])
    const y = scaleTo([0.01, 1], [100, 0], 'log')
    expect(y(0.1)).toBeCloseTo(50)
    expect(linePath([{ x: 0, y: 0.1 }, { x: 1, y: 0 }, { x: 2, y: 1 }], (x) => x, y, 'log')).toBe('M0 50M2 0')
  })
})
