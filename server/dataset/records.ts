// Blocks of lines -> ids and texts, per file format: the part of an import that costs time. A pure function of the block, so that blocks
// may be parsed by any number of threads with the same result. Called by import-files.ts, there or in import-thread.ts.
import { isUtf8 } from 'node:buffer'

/**
 * - `tsv`: id, text.
 * - `msmarco-doc`: id, url, title, body; the text is url<sep>title<sep>body, as DRhard's preprocess.py and ANCE have it.
 * - `beir-corpus`: JSON with _id, title and text; the text is "title text", as BEIR's own encoders have it.
 * - `beir-queries`: JSON with _id and text.
 */
export type RecordFormat = 'tsv' | 'msmarco-doc' | 'beir-corpus' | 'beir-queries'

export interface BadLine {
  /** From 1, within the block (parseRecords) or the file (import-files.ts). */
  line: number
  wrong: string
  action: string
}

/** Rows of a block; the arrays own their buffers and may go to another thread. */
export interface Records {
  /** All lines of the block, bad ones included. */
  lines: number
  ids: Uint8Array<ArrayBuffer>
  /** Id i is ids[idEnds[i - 1], idEnds[i]); texts likewise. */
  idEnds: Uint32Array<ArrayBuffer>
  texts: Uint8Array<ArrayBuffer>
  textEnds: Uint32Array<ArrayBuffer>
  bad: BadLine[]
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const TAB = 0x09
const SEPARATOR = Buffer.from('<sep>')
/** Bad lines beyond this many in one block say nothing new; they are counted, not described. */
const MAX_DESCRIBED = 100

export function parseRecords(format: RecordFormat, bytes: Uint8Array): Records {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const valid = isUtf8(block)
  const out = new RecordsBuilder(block.length)
  const parseLine = LINE_PARSERS[format]
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(LINE_FEED, start)
    const next = found < 0 ? block.length : found + 1
    const end = found < 0 ? block.length : found
    const trimmed = end > start && block[end - 1] === CARRIAGE_RETURN ? end - 1 : end
    out.lines++
    if (!valid && !isUtf8(block.subarray(start, trimmed))) out.refuse('not valid UTF-8', 'convert the file to UTF-8')
    else parseLine(block, start, trimmed, out)
    start = next
  }
  return out.build()
}

class RecordsBuilder {
  lines = 0
  private readonly bad: BadLine[] = []
  private ids: Buffer
  private texts: Buffer
  private idEnds: number[] = []
  private textEnds: number[] = []
  private idLength = 0
  private textLength = 0

  constructor(blockBytes: number) {
    // Ids and texts of a line are never longer than the line, but for the separators of msmarco-doc and a JSON escape such as \uFFFF.
    this.ids = Buffer.allocUnsafe(Math.max(1024, blockBytes >> 4))
    this.texts = Buffer.allocUnsafe(blockBytes)
  }

  refuse(wrong: string, action: string): void {
    this.bad.push({ line: this.lines, wrong: this.bad.length < MAX_DESCRIBED ? wrong : '', action })
  }

  /** Adds a row of an id and the parts of its text, or refuses the line for its id. */
  add(id: Uint8Array, ...parts: Uint8Array[]): void {
    const wrong = wrongId(id)
    if (wrong) return this.refuse(...wrong)
    this.ids = withRoom(this.ids, this.idLength, id.length)
    this.ids.set(id, this.idLength)
    this.idLength += id.length
    this.idEnds.push(this.idLength)
    for (const part of parts) {
      this.texts = withRoom(this.texts, this.textLength, part.length)
      this.texts.set(part, this.textLength)
      this.textLength += part.length
    }
    this.textEnds.push(this.textLength)
  }

  build(): Records {
    // Copies of the used part: what goes to another thread should be small, and must own its buffer.
    return {
      lines: this.lines,
      ids: new Uint8Array(this.ids.subarray(0, this.idLength)),
      idEnds: Uint32Array.from(this.idEnds),
      texts: new Uint8Array(this.texts.subarray(0, this.textLength)),
      textEnds: Uint32Array.from(this.textEnds),
      bad: this.bad,
    }
  }
}

function withRoom(buffer: Buffer, used: number, more: number): Buffer {
  if (used + more <= buffer.length) return buffer
  const larger = Buffer.allocUnsafe(Math.max(used + more, 2 * buffer.length))
  buffer.copy(larger, 0, 0, used)
  return larger
}

/** What is wrong with an id and what to do, or null. Run files separate columns by white space, so ids have none. */
function wrongId(id: Uint8Array): [string, string] | null {
  if (id.length === 0) return ['the id is empty', 'give every line an id']
  let plain = true
  for (let i = 0; i < id.length; i++) if (id[i] <= 0x20 || id[i] >= 0x7f) plain = false
  if (plain) return null
  const text = Buffer.from(id).toString('utf8')
  return /[\s\x00-\x1f\x7f\ufeff]/.test(text) ? [`the id ${JSON.stringify(text)} contains white space, which run files cannot hold`, 'rename it'] : null
}

type LineParser = (block: Buffer, start: number, end: number, out: RecordsBuilder) => void

const LINE_PARSERS: Record<RecordFormat, LineParser> = {
  tsv(block, start, end, out) {
    const tab = block.indexOf(TAB, start)
    const count = tab >= 0 && tab < end ? 2 + countTabs(block, tab + 1, end) : 1
    if (count !== 2) return refuseColumns(out, start === end, 2, '(id, text)', count)
    out.add(block.subarray(start, tab), block.subarray(tab + 1, end))
  },
  'msmarco-doc'(block, start, end, out) {
    const count = 1 + countTabs(block, start, end)
    if (count !== 4) return refuseColumns(out, start === end, 4, '(id, url, title, body)', count)
    const afterId = block.indexOf(TAB, start)
    const afterUrl = block.indexOf(TAB, afterId + 1)
    const afterTitle = block.indexOf(TAB, afterUrl + 1)
    const field = (from: number, to: number) => trimmedEnd(block.subarray(from, to))
    out.add(block.subarray(start, afterId), field(afterId + 1, afterUrl), SEPARATOR, field(afterUrl + 1, afterTitle), SEPARATOR, field(afterTitle + 1, end))
  },
  'beir-corpus': (block, start, end, out) => addJson(block, start, end, out, (json) => (json.title ? `${json.title} ${json.text}` : json.text)),
  'beir-queries': (block, start, end, out) => addJson(block, start, end, out, (json) => json.text),
}

function countTabs(block: Buffer, start: number, end: number): number {
  let count = 0
  for (let i = block.indexOf(TAB, start); i >= 0 && i < end; i = block.indexOf(TAB, i + 1)) count++
  return count
}

function refuseColumns(out: RecordsBuilder, empty: boolean, wanted: number, names: string, found: number): void {
  out.refuse(`expected ${wanted} tab-separated fields ${names}, ${empty ? 'an empty line' : `found ${found}`}`, 're-export it')
}

function trimmedEnd(field: Buffer): Buffer {
  let end = field.length
  while (end > 0 && field[end - 1] <= 0x20) end--
  return field.subarray(0, end)
}

interface BeirLine {
  title?: string
  text: string
}

function addJson(block: Buffer, start: number, end: number, out: RecordsBuilder, textOf: (json: BeirLine) => string): void {
  let json: unknown
  try {
    json = JSON.parse(block.toString('utf8', start, end))
  } catch {
    return out.refuse(start === end ? 'expected a JSON object, found an empty line' : 'not valid JSON', 're-export it')
  }
  const { _id: id, title, text } = (json ?? {}) as Record<string, unknown>
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return out.refuse('the field "_id" is missing or no text', 're-export it with _id and text')
  if (typeof text !== 'string') return out.refuse('the field "text" is missing or no text', 're-export it with _id and text')
  if (title !== undefined && title !== null && typeof title !== 'string') return out.refuse('the field "title" is no text', 're-export it')
  out.add(Buffer.from(String(id)), Buffer.from(textOf({ title: title ?? undefined, text })))
}
