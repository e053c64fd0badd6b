// Reports: Markdown that names runs. Called by app/api/reports.
import { AppError } from '@/contract/errors'
import type { Report, ReportChange, ReportSummary } from '@/contract/report'
import { CONSOLE, recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'
import { newId } from './ids'

type ReportRow = NonNullable<Awaited<ReturnType<Tx['report']['findUnique']>>>

const summarise = ({ createdAt, changedAt, ...row }: Omit<ReportRow, 'body'>): ReportSummary => ({ ...row, createdAt: createdAt.toISOString(), changedAt: changedAt.toISOString() })

/** All reports, the last changed first. */
export async function listReports(tx: Tx): Promise<ReportSummary[]> {
  return (await tx.report.findMany({ omit: { body: true }, orderBy: { changedAt: 'desc' } })).map(summarise)
}

/** Throws not-found. */
export async function readReport(tx: Tx, id: string): Promise<Report> {
  const row = await tx.report.findUnique({ where: { id } })
  if (!row) throw noReport(id)
  return { ...summarise(row), body: row.body }
}

export function createReport(db: Database, { title, body }: { title: string; body: string }, by: Actor = CONSOLE): Promise<Report> {
  return db.$transaction(async (tx) => {
    const id = newId()
    await tx.report.create({ data: { id, title, body, createdBy: by.name, changedBy: by.name } })
    await recordAudit(tx, by, 'report.create', id, { title })
    return readReport(tx, id)
  })
}

/** Throws conflict where somebody has changed the report since the version that was edited. */
export function changeReport(db: Database, id: string, { title, body, changedAt }: ReportChange, by: Actor = CONSOLE): Promise<Report> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.report.updateMany({ where: { id, changedAt: new Date(changedAt) }, data: { title, body, changedBy: by.name, changedAt: new Date() } })
    const now = await readReport(tx, id)
    if (!count) throw new AppError('conflict', `${now.changedBy} has changed the report at ${now.changedAt}; copy your text, reload the page and put it in again`)
    await recordAudit(tx, by, 'report.change', id, { title })
    return now
  })
}

export async function deleteReport(db: Database, id: string, by: Actor = CONSOLE): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.report.deleteMany({ where: { id } })
    if (!count) throw noReport(id)
    await recordAudit(tx, by, 'report.delete', id)
  })
}

const noReport = (id: string) => new AppError('not-found', `There is no report ${id}; it may have been deleted`)
