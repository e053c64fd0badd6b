import { expect, it } from 'vitest'
import { DEFAULT_COLUMNS, allColumns, columnsText, pinnedFirst, shownColumns } from './prepare-columns'

const all = allColumns({ config: ['seed', 'method', 'train.learningRate', 'zeta', 'start.runId', 'train.batchSize'], measures: ['R@20', 'R@3', 'MRR@10', 'AP'] })
const ids = (columns: { id: string }[]) => columns.map((column) => column.id)

it('orders facts, charted measures, other measures by number, settings as the form does, and leaves out what facts tell', () => {
  expect(ids(all)).toEqual(['name', 'state', 'method', 'dataset', 'start', 'startmethod', 'tag', 'measure.MRR@10', 'measure.R@100', 'measure.NDCG@10', 'measure.AP', 'measure.R@3', 'measure.R@20', 'config.train.batchSize', 'config.train.learningRate', 'config.seed', 'config.zeta', 'step', 'duration', 'created'])
})

it('shows what a link names, and by default what fits a screen', () => {
  expect(ids(shownColumns(null, all)).toSorted()).toEqual(DEFAULT_COLUMNS.toSorted())
  expect(ids(shownColumns('measure.AP;config.seed;nothing', all))).toEqual(['name', 'measure.AP', 'config.seed'])
  expect(shownColumns('measure.*', all).filter((column) => column.kind === 'measure')).toHaveLength(6)
})

it('writes a choice of columns as short as it can, and reads it back', () => {
  expect(columnsText(DEFAULT_COLUMNS, all)).toBeNull()
  const chosen = ['name', 'state', ...all.filter((column) => column.kind === 'measure').map((column) => column.id), 'config.seed']
  const text = columnsText(chosen, all)!
  expect(text).toBe('name;state;measure.*;config.seed')
  expect(ids(shownColumns(text, all)).toSorted()).toEqual(chosen.toSorted())
})

it('pins without changing the order', () => {
  expect(ids(pinnedFirst(shownColumns(null, all), ['method', 'name']).pinned)).toEqual(['name', 'method'])
})
