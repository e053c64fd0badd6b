// A report: Markdown in which fenced blocks stand for charts and tables of runs, so that the text can be written, compared and kept anywhere.
//   ```chart            ```table
//   measure: MRR@10     measures: MRR@10, R@100
//   runs: id, id        runs: id, id
//   ```                 ```
import { z } from 'zod'

const Title = z.string().trim().min(1, 'Give the report a title').max(120, 'At most 120 characters')
const Body = z.string().max(200_000, 'At most 200,000 characters')

export const ReportSummary = z.object({ id: z.string(), title: z.string(), createdBy: z.string(), changedBy: z.string(), createdAt: z.iso.datetime(), changedAt: z.iso.datetime() })
export type ReportSummary = z.infer<typeof ReportSummary>
export const Report = ReportSummary.extend({ body: z.string() })
export type Report = z.infer<typeof Report>

export const NewReport = z.object({ title: Title, body: Body.default('') })
export type NewReport = z.input<typeof NewReport>
/** `changedAt` is that of the version which was edited: a change of another person in between is not overwritten. */
export const ReportChange = z.object({ title: Title, body: Body, changedAt: z.iso.datetime() })
export type ReportChange = z.infer<typeof ReportChange>

export type ReportBlock =
  | { kind: 'text'; text: string }
  | { kind: 'chart'; runs: string[]; measure: string | null; metric: string | null }
  | { kind: 'table'; runs: string[]; measures: string[] }
  /** A block that cannot be drawn, and why. */
  | { kind: 'wrong'; text: string; reason: string }

const FENCE = /^ {0,3}```(chart|table)[ \t]*\n([\s\S]*?)^ {0,3}```[ \t]*$/gm

/** The text and the blocks of a body, in order. */
export function parseReport(body: string): ReportBlock[] {
  const blocks: ReportBlock[] = []
  let end = 0
  for (const match of body.matchAll(FENCE)) {
    if (match.index > end) blocks.push({ kind: 'text', text: body.slice(end, match.index) })
    blocks.push(parseBlock(match[1] as 'chart' | 'table', match[2], match[0]))
    end = match.index + match[0].length
  }
  if (end < body.length) blocks.push({ kind: 'text', text: body.slice(end) })
  return blocks.filter((block) => block.kind !== 'text' || block.text.trim() !== '')
}

function parseBlock(kind: 'chart' | 'table', inside: string, text: string): ReportBlock {
  const fields = new Map<string, string>()
  for (const line of inside.split('\n').filter((each) => each.trim() !== '')) {
    const [, name, value] = /^\s*([a-z]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) return { kind: 'wrong', text, reason: `“${line.trim()}” is not written as name: value` }
    fields.set(name, value)
  }
  const known = kind === 'chart' ? ['runs', 'measure', 'metric'] : ['runs', 'measures']
  const unknown = [...fields.keys()].find((name) => !known.includes(name))
  if (unknown) return { kind: 'wrong', text, reason: `A ${kind} knows ${known.join(', ')}, not ${unknown}` }
  const list = (name: string) => (fields.get(name) ?? '').split(',').map((each) => each.trim()).filter(Boolean)
  const runs = list('runs')
  if (runs.length === 0) return { kind: 'wrong', text, reason: `The ${kind} names no runs` }
  if (kind === 'table') return { kind, runs, measures: list('measures') }
  const [measure, metric] = [fields.get('measure') || null, fields.get('metric') || null]
  if ((measure === null) === (metric === null)) return { kind: 'wrong', text, reason: 'A chart has either a measure, such as MRR@10, or a metric, such as loss' }
  return { kind, runs, measure, metric }
}

/** A block as text, for whoever inserts one. */
export function blockText(block: Extract<ReportBlock, { kind: 'chart' | 'table' }>): string {
  const what = block.kind === 'table' ? `measures: ${block.measures.join(', ')}` : block.measure !== null ? `measure: ${block.measure}` : `metric: ${block.metric}`
  return `\`\`\`${block.kind}\n${what}\nruns: ${block.runs.join(', ')}\n\`\`\``
}
