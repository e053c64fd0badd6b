// Reports: text mixed with live charts and tables of runs. Kept in the database, shown at /reports, exported as a page that needs no server.
import { z } from 'zod'

const runs = z.array(z.string()).max(20, 'At most 20 runs')

/** A part of a report. Runs are named by id: what is shown of them is what they have when the report is read. */
export const ReportBlock = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), markdown: z.string().max(100_000, 'At most 100000 characters; split the text') }),
  /** A measure by checkpoint, or a training metric by step, of runs over one another. */
  z.object({ kind: z.literal('curves'), runs, of: z.string().min(1) }),
  /** Means with intervals, tested against the first run. */
  z.object({ kind: z.literal('measures'), runs, measures: z.array(z.string()).min(1, 'Choose at least one measure').max(12, 'At most 12 measures') }),
  /** The settings in which runs differ. */
  z.object({ kind: z.literal('settings'), runs }),
])
export type ReportBlock = z.infer<typeof ReportBlock>

export const NewReport = z.object({
  title: z.string().trim().min(1, 'Give the report a title').max(120, 'At most 120 characters'),
  blocks: z.array(ReportBlock).max(100, 'At most 100 parts'),
})
export type NewReport = z.infer<typeof NewReport>

/** `version` is that which was edited: a report that somebody has changed in between is not overwritten. */
export const ReportChange = NewReport.extend({ version: z.int() })
export type ReportChange = z.infer<typeof ReportChange>

export const ReportSummary = z.object({
  id: z.string(),
  title: z.string(),
  /** Counts its changes, from 1. */
  version: z.int(),
  parts: z.int(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  changedBy: z.string(),
  changedAt: z.iso.datetime(),
})
export type ReportSummary = z.infer<typeof ReportSummary>

export const Report = ReportSummary.extend({ blocks: z.array(ReportBlock) })
export type Report = z.infer<typeof Report>
