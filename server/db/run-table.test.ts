// The table of runs on a real Postgres: what filters, orders, checkpoints and groups mean.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFilters, type RunsAt, RunsQuery } from '@/contract/run-table'
import { AppError } from '@/contract/errors'
import { bm25Run, createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { changeRuns, deleteView, listViews, saveView } from './run-bulk'
import { readRunColumns, readRunPage } from './run-table'
import { deleteRuns, readRunDetails, takenNames } from './runs'
import { CONSOLE } from './audit'

let fresh: FreshDatabase
const ids: Record<string, string> = {}

/** Names of the items' runs, in order. */
const names = async (query: Omit<Partial<RunsQuery>, 'filters'> & { filter?: string } = {}) => {
  const { filter = '', ...rest } = query
  const { items } = await readRunPage(fresh.db, RunsQuery.parse({ ...rest, filters: parseFilters(filter) }))
  return items.map((item) => item.map((run) => run.name).join('+'))
}
const measure = async (name: string, step: number, measures: Record<string, number>) => {
  const { count } = await fresh.db.evaluation.updateMany({ where: { runId: ids[name], checkpointStep: step }, data: { measures } })
  expect(count).toBe(1)
}

beforeAll(async () => {
  fresh = await freshDatabase()
  const datasetId = await createExampleDataset(fresh.db)
  const other = await createExampleDataset(fresh.db, 'other_100%')
  const runs = [bm25Run(datasetId, 'plain'), warmupRun(datasetId, 'warm', 1), warmupRun(datasetId, 'warm-b', 2), starRun(datasetId, { kind: 'sibling', name: 'warm' }), { ...starRun(datasetId, { kind: 'sibling', name: 'warm-b' }), name: 'star-b' }, bm25Run(other, 'elsewhere')]
  const launched = await launchRuns(fresh.db, runs)
  for (const [i, run] of runs.entries()) ids[run.name] = launched.runIds[i]
  await workAll(fresh.db, fresh.dataDir)
  await measure('plain', 0, { 'MRR@10': 0.2, 'R@100': 0.5, 'RBP(p=0.8)': 0.25 })
  await measure('warm', 2, { 'MRR@10': 0.6, 'R@100': 0.1 })
  await measure('warm', 4, { 'MRR@10': 0.3, 'R@100': 0.9 })
  await measure('warm-b', 2, { 'MRR@10': 0.1 })
  await measure('warm-b', 4, { 'MRR@10': 0.4 })
  // What a run that trains started from is not its own.
  await measure('star', 0, { 'MRR@10': 0.99 })
  await measure('star', 2, { 'MRR@10': 0.5 })
  await measure('star', 4, { 'MRR@10': 0.45 })
  await fresh.db.evaluation.deleteMany({ where: { runId: ids.elsewhere } })
})
afterAll(() => fresh.dispose())

describe('the table of runs', () => {
  it('is newest first, and pages without gap or overlap', async () => {
    const all = await names()
    expect(all).toEqual(['elsewhere', 'star-b', 'star', 'warm-b', 'warm', 'plain'])
    expect([...(await names({ limit: 4 })), ...(await names({ limit: 4, offset: 4 }))]).toEqual(all)
    expect(await readRunPage(fresh.db, RunsQuery.parse({ limit: 4, offset: 40 }))).toEqual({ items: [], total: 6, runs: 6 })
  })

  it('sorts by the measure of the best, the last or an earlier checkpoint, runs without one at the end', async () => {
    const byMrr = { sort: 'measure.MRR@10', filter: 'name!=star-b' }
    expect(await names({ ...byMrr, at: 'best' })).toEqual(['warm', 'star', 'warm-b', 'plain', 'elsewhere'])
    expect(await names({ ...byMrr, at: 'last' })).toEqual(['star', 'warm-b', 'warm', 'plain', 'elsewhere'])
    expect(await names({ ...byMrr, at: 3 })).toEqual(['warm', 'star', 'plain', 'warm-b', 'elsewhere'])
    expect(await names({ ...byMrr, at: 'best', order: 'asc' })).toEqual(['plain', 'warm-b', 'star', 'warm', 'elsewhere'])
    expect(await names({ ...byMrr, at: 1, filter: 'measure.MRR@10>0' })).toEqual(['plain'])
  })

  it('shows all measures of the one checkpoint that speaks for the run', async () => {
    const { items } = await readRunPage(fresh.db, RunsQuery.parse({ filters: parseFilters('name=warm') }))
    expect(items[0][0].evaluation).toMatchObject({ checkpointStep: 2, measures: { 'MRR@10': 0.6, 'R@100': 0.1 } })
    expect(items[0][0]).toMatchObject({ tags: [], archivedAt: null, config: { train: { batchSize: 2 } }, progress: { done: 10, total: 10 } })
  })

  it.each([
    ['config.seed=2', ['warm-b']],
    ['config.train.batchSize>=2;method=star', ['star-b', 'star']],
    ['config.train.batchSize<2', []],
    ['config.train.optimizer=ADAMW;config.seed!=1', ['warm-b']],
    ['config.k1=0.9', ['elsewhere', 'plain']],
    ['config.k1!=0.9;method=in-batch', ['warm-b', 'warm']],
    ['config.encoder.pooling~ea', ['warm-b', 'warm']],
    ['measure.RBP(p=0.8)>0.2', ['plain']],
    ['measure.MRR@10<=0.2', ['plain']],
    ['dataset=other_100%25', ['elsewhere']],
    ['dataset~_100%25', ['elsewhere']],
    ['name~%25', []],
    ['start=warm', ['star']],
    ['startmethod=in-batch', ['star-b', 'star']],
    ['step>=0', ['star-b', 'star', 'warm-b', 'warm', 'plain']],
    ['state=live', []],
    ['state=succeeded;name!~star', ['elsewhere', 'warm-b', 'warm', 'plain']],
    ['created<2020-01-01', []],
    ['step=2;method=in-batch', ['warm']],
    ["name='; DROP TABLE run; --", []],
  ])('%s', async (filter, expected) => expect(await names({ filter: filter.includes('DROP') ? filter.replaceAll(';', '%3B') : filter })).toEqual(expected))

  it.each(['config.train.batchSize>many', 'name>a', 'created>soon', 'nonsense', 'k1=0.9', 'measure.MRR@10>'])('refuses the filter %s', async (filter) => {
    await expect(names({ filter })).rejects.toThrow(AppError)
  })

  it('shows the same checkpoint of a run, whether the table is sorted by a measure or not', async () => {
    const steps = async (sort: string, at: RunsAt) => Object.fromEntries((await readRunPage(fresh.db, RunsQuery.parse({ sort, at }))).items.flat().map((run) => [run.name, run.evaluation?.checkpointStep ?? null]))
    for (const at of ['best', 'last', 3] as const) expect(await steps('created', at)).toEqual(await steps('measure.MRR@10', at))
    expect((await steps('created', 'best')).warm).toBe(2)
  })

  it('reads several runs at once, in the order asked for, without those that have gone; and names that are taken', async () => {
    const found = await readRunDetails(fresh.db, [ids.warm, 'gone', ids.star, ids.warm])
    expect(found.map(({ name, startMethod, steps, files }) => [name, startMethod, steps.length > 0, files.length > 0])).toEqual([['warm', null, true, true], ['star', 'in-batch', true, true]])
    await fresh.db.run.update({ where: { id: ids.elsewhere }, data: { name: 'plain-12' } })
    expect((await takenNames(fresh.db, 'plain')).sort()).toEqual(['plain', 'plain-12'])
    expect(await takenNames(fresh.db, 'warm')).toEqual(['warm'])
    await fresh.db.run.update({ where: { id: ids.elsewhere }, data: { name: 'elsewhere' } })
  })

  it('finds words anywhere, and all of them', async () => {
    expect(await names({ q: 'STAR warm-b' })).toEqual(['star-b'])
    expect(await names({ q: 'in-batch negatives' })).toEqual(['warm-b', 'warm'])
    expect(await names({ q: 'warm elsewhere' })).toEqual([])
  })

  it('groups runs that differ in their seed only, also where what they start from does, and sorts the groups by their mean', async () => {
    expect(await names({ group: 'seeds' })).toEqual(['elsewhere', 'star-b+star', 'warm-b+warm', 'plain'])
    // Means of the best: warm 0.6 and 0.4, star 0.5 and what the example evaluates to (0.75).
    expect(await names({ group: 'seeds', sort: 'measure.MRR@10' })).toEqual(['star-b+star', 'warm-b+warm', 'plain', 'elsewhere'])
    expect(await readRunPage(fresh.db, RunsQuery.parse({ group: 'seeds', limit: 1 }))).toMatchObject({ total: 4, runs: 6 })
    expect(await names({ group: 'seeds', filter: 'method=star', sort: 'config.seed' })).toEqual(['star-b+star'])
  })

  it('names every column that a run has', async () => {
    const { config, measures, tags } = await readRunColumns(fresh.db)
    expect(config).toEqual(expect.arrayContaining(['k1', 'seed', 'train.batchSize', 'encoder.pooling', 'start.runId', 'mineDepth']))
    expect(config).not.toContain('train')
    expect(measures).toEqual(['MRR@10', 'NDCG@10', 'R@100', 'RBP(p=0.8)'])
    expect(tags).toEqual([])
  })

  it('tags and archives, all or none', async () => {
    await changeRuns(fresh.db, { action: 'tag', ids: [ids.warm, ids.plain], tag: 'paper' })
    await changeRuns(fresh.db, { action: 'tag', ids: [ids.warm], tag: 'paper' })
    expect(await names({ filter: 'tag=paper' })).toEqual(['warm', 'plain'])
    expect(await names({ q: 'pap warm' })).toEqual(['warm'])
    expect((await readRunColumns(fresh.db)).tags).toEqual(['paper'])
    await changeRuns(fresh.db, { action: 'untag', ids: [ids.warm], tag: 'paper' })
    expect(await names({ filter: 'tag=paper' })).toEqual(['plain'])
    await expect(changeRuns(fresh.db, { action: 'archive', ids: [ids.warm, 'nobody'] })).rejects.toThrow(/no run nobody/)
    expect(await names({ archived: 'only' })).toEqual([])
    await changeRuns(fresh.db, { action: 'archive', ids: [ids.warm] })
    expect(await names({ archived: 'only' })).toEqual(['warm'])
    expect(await names({ q: 'warm' })).not.toContain('warm')
    await changeRuns(fresh.db, { action: 'unarchive', ids: [ids.warm] })
    expect(await names({ archived: 'only' })).toEqual([])
  })

  it('keeps views under a name', async () => {
    await saveView(fresh.db, { name: 'paper', query: 'q=a' }, CONSOLE)
    await saveView(fresh.db, { name: 'paper', query: 'q=b' }, CONSOLE)
    expect(await listViews(fresh.db)).toEqual([{ name: 'paper', query: 'q=b' }])
    await deleteView(fresh.db, 'paper')
    await expect(deleteView(fresh.db, 'paper')).rejects.toThrow(/no view/)
  })

  it('deletes several runs with what starts from them, or none', async () => {
    await expect(deleteRuns(fresh.db, [ids.plain, ids.warm], `${fresh.dataDir}/artifacts`)).rejects.toThrow(/star starts from run warm/)
    expect(await names()).toHaveLength(6)
    await deleteRuns(fresh.db, [ids.warm, ids.star], `${fresh.dataDir}/artifacts`)
    expect(await names()).toEqual(['elsewhere', 'star-b', 'warm-b', 'plain'])
  })
})
