// Log lines of runs: paged from the newest, filtered, searched, and read from end to end. They are events (server/db/events.ts), with their
// text in columns. Called by app/api.
import { isAtLeast, LogLevel, type LogPage } from '@/contract/event'
import type { Tx } from './client'
import { Prisma } from './generated/client'

export interface LogQuery {
  runId: string
  stepId?: string
  attempt?: number
  /** This level and worse. */
  level?: LogLevel
  /** Text that the line contains, in any case. */
  q?: string
  /** Cursor: only earlier lines. */
  before?: bigint
  limit: number
}

interface LogRow {
  id: bigint
  at: Date
  step_id: string | null
  attempt: number | null
  level: LogLevel
  line: string
}

/** A page of a run's log, newest page first, lines in order within the page. */
export async function readLog(tx: Tx, query: LogQuery): Promise<LogPage> {
  const rows = await tx.$queryRaw<LogRow[]>`
    SELECT id, at, step_id, attempt, level, line FROM run_event
    WHERE ${conditions(query)} AND ${query.before === undefined ? Prisma.sql`true` : Prisma.sql`id < ${query.before}`}
    ORDER BY id DESC LIMIT ${query.limit + 1}`
  const lines = rows.slice(0, query.limit).reverse().map(toLine)
  return { lines, before: rows.length > query.limit ? lines[0].id : null }
}

/** Every line from the first to the last, as text, in pieces of some thousand lines. */
export async function* readWholeLog(tx: Tx, query: Pick<LogQuery, 'runId' | 'stepId'>): AsyncGenerator<string> {
  const labels = new Map((await tx.step.findMany({ where: { runId: query.runId }, select: { id: true, label: true } })).map((step) => [step.id, step.label]))
  for (let after = 0n; ; ) {
    const rows = await tx.$queryRaw<LogRow[]>`SELECT id, at, step_id, attempt, level, line FROM run_event WHERE ${conditions(query)} AND id > ${after} ORDER BY id LIMIT ${PIECE}`
    if (!rows.length) return
    yield rows.map(({ at, step_id, attempt, level, line }) => `${at.toISOString()} ${level.padEnd(5)} ${step_id ? `[${labels.get(step_id) ?? step_id}${attempt ? ` #${attempt}` : ''}] ` : ''}${line}\n`).join('')
    after = rows[rows.length - 1].id
  }
}

const PIECE = 5000

function conditions({ runId, stepId, attempt, level, q }: Omit<LogQuery, 'limit'>): Prisma.Sql {
  const all = [Prisma.sql`type = 'log'`, Prisma.sql`run_id = ${runId}`]
  if (stepId !== undefined) all.push(Prisma.sql`step_id = ${stepId}`)
  if (attempt !== undefined) all.push(Prisma.sql`attempt = ${attempt}`)
  if (level !== undefined) all.push(Prisma.sql`level = ANY(${LogLevel.options.filter((each) => isAtLeast(each, level))}::text[])`)
  if (q) all.push(Prisma.sql`line ILIKE ${`%${q.replace(/[\\%_]/g, '\\$&')}%`}`)
  return Prisma.join(all, ' AND ')
}

function toLine(row: LogRow): LogPage['lines'][number] {
  return { id: String(row.id), at: row.at.toISOString(), stepId: row.step_id, attempt: row.attempt, level: row.level, line: row.line }
}
