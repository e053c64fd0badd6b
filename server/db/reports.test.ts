// Reports on a real Postgres: kept whole, changed only from the version that was read, every change in the audit log.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { changeReport, createReport, deleteReport, findReport, listReports } from './reports'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.dispose())

const ann = { name: 'ann', address: null }
const bob = { name: 'bob', address: '10.0.0.2' }

it('keeps a report, refuses an edit of an older version, and deletes it', async () => {
  const first = await createReport(fresh.db, { title: 'STAR', blocks: [{ kind: 'text', markdown: '# Hello' }] }, ann)
  expect(first).toMatchObject({ version: 1, parts: 1, createdBy: 'ann', changedBy: 'ann' })

  const blocks = [{ kind: 'curves' as const, runs: ['a', 'b'], of: 'MRR@10' }]
  const second = await changeReport(fresh.db, first.id, { title: 'STAR and ADORE', blocks, version: 1 }, bob)
  expect(second).toMatchObject({ version: 2, title: 'STAR and ADORE', blocks, changedBy: 'bob', createdBy: 'ann' })

  await expect(changeReport(fresh.db, first.id, { title: 'lost', blocks: [], version: 1 }, ann)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('bob has changed this report') })
  expect(await findReport(fresh.db, first.id)).toEqual(second)

  const other = await createReport(fresh.db, { title: 'Other', blocks: [] }, ann)
  expect((await listReports(fresh.db)).map(({ title }) => title)).toEqual(['Other', 'STAR and ADORE'])
  await deleteReport(fresh.db, first.id, bob)
  await expect(findReport(fresh.db, first.id)).rejects.toMatchObject({ code: 'not-found' })
  await expect(changeReport(fresh.db, first.id, { title: 'x', blocks: [], version: 2 }, bob)).rejects.toMatchObject({ code: 'not-found' })
  await expect(deleteReport(fresh.db, first.id, bob)).rejects.toMatchObject({ code: 'not-found' })
  expect((await listReports(fresh.db)).map(({ id }) => id)).toEqual([other.id])

  const audited = await fresh.db.auditEntry.findMany({ where: { target: first.id }, orderBy: { id: 'asc' } })
  expect(audited.map(({ actor, action }) => [actor, action])).toEqual([
    ['ann', 'report.create'],
    ['bob', 'report.change'],
    ['bob', 'report.delete'],
  ])
})
