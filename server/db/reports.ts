// Reports of this installation. Called by app/api/reports.
import { AppError } from '@/contract/errors'
import { ReportBlock, type NewReport, type Report, type ReportChange, type ReportSummary } from '@/contract/report'
import { z } from 'zod'
import { recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'
import type { Report as ReportRow } from './generated/client'
import { newId } from './ids'

/** All reports, the last changed first. */
export async function listReports(tx: Tx): Promise<ReportSummary[]> {
  return (await tx.report.findMany({ orderBy: { changedAt: 'desc' } })).map(summarise)
}

/** Throws not-found. */
export async function findReport(tx: Tx, id: string): Promise<Report> {
  const row = await tx.report.findUnique({ where: { id } })
  if (!row) throw new AppError('not-found', `There is no report ${id}; it may have been deleted`)
  return { ...summarise(row), blocks: z.array(ReportBlock).parse(row.blocks) }
}

export async function createReport(db: Database, { title, blocks }: NewReport, by: Actor): Promise<Report> {
  const id = newId()
  await db.$transaction(async (tx) => {
    await tx.report.create({ data: { id, title, blocks, createdBy: by.name, changedBy: by.name } })
    await recordAudit(tx, by, 'report.create', id, { title })
  })
  return findReport(db, id)
}

/** Replaces a report. Throws not-found, and conflict where it is not at `version` any more. */
export async function changeReport(db: Database, id: string, { title, blocks, version }: ReportChange, by: Actor): Promise<Report> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.report.updateMany({ where: { id, version }, data: { title, blocks, version: version + 1, changedBy: by.name, changedAt: new Date() } })
    const report = await findReport(tx, id)
    if (!count) throw new AppError('conflict', `${report.changedBy} has changed this report since you opened it. Copy what you wrote, reload the page, and add it there`)
    await recordAudit(tx, by, 'report.change', id, { title })
    return report
  })
}

/** Throws not-found. */
export async function deleteReport(db: Database, id: string, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const { title } = await findReport(tx, id)
    await tx.report.delete({ where: { id } })
    await recordAudit(tx, by, 'report.delete', id, { title })
  })
}

function summarise({ id, title, blocks, version, createdBy, createdAt, changedBy, changedAt }: ReportRow): ReportSummary {
  return { id, title, version, parts: (blocks as unknown[]).length, createdBy, createdAt: createdAt.toISOString(), changedBy, changedAt: changedAt.toISOString() }
}
