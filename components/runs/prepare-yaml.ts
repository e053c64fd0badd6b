// A launch as YAML and back, so that a launch can be kept in a file, sent, and edited as text. Loaded when somebody opens that view.
import { LineCounter, isNode, parseDocument, stringify } from 'yaml'
import { NewPipeline, type NewRun } from '@/contract/run'

export const launchToYaml = (runs: NewRun[]): string => stringify({ runs }, { lineWidth: 0 })

export type ParsedLaunch = { ok: true; runs: NewRun[] } | { ok: false; line: number | null; message: string }

/** The runs of a text, checked by the contract as the form's are; or the first thing that is wrong and its line. */
export function parseLaunch(text: string): ParsedLaunch {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error) return { ok: false, line: error.linePos?.[0].line ?? null, message: error.message.split(' at line')[0] }
  const parsed = NewPipeline.safeParse(document.toJS())
  if (parsed.success) return { ok: true, runs: parsed.data.runs }
  const { path, message } = parsed.error.issues[0]
  const names = path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  // A field that is missing has no place: what should hold it has.
  for (let depth = names.length; depth >= 0; depth -= 1) {
    const node = document.getIn(names.slice(0, depth), true)
    if (isNode(node) && node.range) return { ok: false, line: lines.linePos(node.range[0]).line, message: `${names.join('.') || 'the text'}: ${message}` }
  }
  return { ok: false, line: null, message: `${names.join('.') || 'the text'}: ${message}` }
}
