import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { changeReport, createReport, deleteReport, listReports, readReport } from './reports'

let fresh: FreshDatabase
beforeAll(async () => void (fresh = await freshDatabase()))
afterAll(() => fresh.dispose())

it('keeps a report, and never overwrites a change that its editor has not seen', async () => {
  const first = await createReport(fresh.db, { title: 'One', body: 'a' })
  const second = await changeReport(fresh.db, first.id, { title: 'One', body: 'b', changedAt: first.changedAt }, { name: 'ann', address: null })
  expect(second).toMatchObject({ body: 'b', createdBy: 'console', changedBy: 'ann' })
  await expect(changeReport(fresh.db, first.id, { title: 'One', body: 'c', changedAt: first.changedAt })).rejects.toThrow(/ann has changed the report/)
  expect((await readReport(fresh.db, first.id)).body).toBe('b')
  await createReport(fresh.db, { title: 'Two', body: '' })
  expect((await listReports(fresh.db)).map((report) => report.title)).toEqual(['Two', 'One'])
  await deleteReport(fresh.db, first.id)
  await expect(readReport(fresh.db, first.id)).rejects.toThrow(/no report/)
  await expect(deleteReport(fresh.db, first.id)).rejects.toThrow(/no report/)
})
