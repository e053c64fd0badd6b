// Joins pages and live lines of a log: each line once, in order of its cursor.
import { isAtLeast, type LogLevel, type LogPage, type RunEvent } from '@/contract/event'
import { isAfter } from '@/components/apply-run-event'

export type LogLine = LogPage['lines'][number]

export function toLogLines(events: RunEvent[]): LogLine[] {
  return events.flatMap(({ id, at, body }) => (body.type === 'log' ? [{ id, at, stepId: body.stepId, attempt: body.attempt ?? null, level: body.level, line: body.line }] : []))
}

/** What the server would answer of these lines to the same filter. */
export function filterLines(lines: LogLine[], { stepId, attempt, level, q }: { stepId: string | null; attempt: number | null; level: LogLevel; q: string }): LogLine[] {
  const text = q.toLowerCase()
  return lines.filter((line) => (stepId === null || line.stepId === stepId) && (attempt === null || line.attempt === attempt) && isAtLeast(line.level, level) && line.line.toLowerCase().includes(text))
}

export function joinLines(held: LogLine[], more: LogLine[]): LogLine[] {
  if (more.length === 0) return held
  const last = held.at(-1)
  if (!last || isAfter(more[0].id, last.id)) return [...held, ...more]
  const byId = new Map([...held, ...more].map((line) => [line.id, line]))
  return [...byId.values()].sort((a, b) => (a.id === b.id ? 0 : isAfter(a.id, b.id) ? 1 : -1))
}
