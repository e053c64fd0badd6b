// Topics as TREC tracks hand them out: <top> blocks with <num> and <title>, XML with <topic number> and <query>, or "id<tab>text" lines.
// Called by import-files.ts.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { textLines } from './line-blocks'
import { tabFields } from './tsv-lines'

interface Topic {
  id: string
  text: string
}

/** The topics of a file; the query is the title. Throws AppError bad-input with file and line. */
export async function* readTopics(file: string): AsyncGenerator<Topic> {
  let tagged: string[] | null = null
  for await (const line of textLines(file)) {
    if (line.number === 1 && /^\s*</.test(line.text)) tagged = []
    if (tagged) tagged.push(line.text)
    else {
      const [id, text] = tabFields(file, line, ['id', 'text'])
      if (!/^\S+$/.test(id)) throw new AppError('bad-input', `${path.basename(file)} line ${line.number}: the id "${id}" is empty or contains white space; rename it`)
      yield { id, text }
    }
  }
  if (tagged) yield* taggedTopics(file, tagged.join('\n'))
}

/** Topics of a text that begins with a tag. */
export function* taggedTopics(file: string, text: string): Generator<Topic> {
  let count = 0
  for (const match of text.matchAll(/<(top|topic)(\s[^>]*)?>([\s\S]*?)<\/\1\s*>/gi)) {
    count++
    const [, , attributes = '', body] = match
    const id = /\b(?:number|id)\s*=\s*["']\s*([^"']+?)\s*["']/i.exec(attributes)?.[1] ?? field(body, 'num')?.replace(/^number:\s*/i, '')
    const title = field(body, 'title') ?? field(body, 'query')
    const line = text.slice(0, match.index).split('\n').length
    const lacks = !id ? 'number' : title === null ? '<title> or <query>' : null
    if (lacks) throw new AppError('bad-input', `${path.basename(file)} line ${line}: this topic has no ${lacks}; re-export the file`)
    if (!/^\S+$/.test(id!)) throw new AppError('bad-input', `${path.basename(file)} line ${line}: the topic number "${id}" contains white space; rename it`)
    yield { id: id!, text: title! }
  }
  if (count === 0) throw new AppError('bad-input', `${path.basename(file)} begins with a tag, but has no <top> or <topic>; give TREC topics or lines of id, tab, text`)
}

/** Text after a tag, up to the next one: the classic topics close none of theirs. */
function field(body: string, tag: string): string | null {
  const found = new RegExp(`<${tag}>([^<]*)`, 'i').exec(body)
  return found && unescapeXml(found[1].replace(/\s+/g, ' ').trim())
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
const unescapeXml = (text: string) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name])
