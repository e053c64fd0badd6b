// Reads the original's hard.json, {"query offset": [document offset, ...], ...}: of MS MARCO it has 800 MB, more than JSON.parse takes, so
// each query's part is parsed as it comes. Called by the step `take`.
import { AppError } from '@/contract/errors'
import { readInput } from '@/server/files/input'

const [OPEN, COMMA, CLOSE_LIST, CLOSE] = [0x7b, 0x2c, 0x5d, 0x7d]
/** A query's part: 200 documents take 2 kB. */
const MAX_PART_BYTES = 1 << 20
const BLANK = ' \t\r\n'
const PART = new RegExp(`^[${BLANK}]*"(0|[1-9]\\d{0,8})"[${BLANK}]*:[${BLANK}]*(\\[[${BLANK}\\d,]*\\])$`)

/** Calls `onQuery` with each query's offset and its documents', in the order of the file. Throws AppError bad-input naming the byte. */
export async function readHardJson(file: string, onQuery: (query: number, docs: number[]) => void): Promise<void> {
  const parser = new HardJsonParser(file, onQuery)
  for await (const chunk of readInput(file)) parser.add(chunk)
  parser.end()
}

/** Between two queries' parts is a comma, before the first a brace and after the last one. */
export class HardJsonParser {
  private state: 'start' | 'part' | 'between' | 'end' = 'start'
  private parts = 0
  private position = 0
  /** Of the part that has begun, what came in earlier chunks. */
  private begun: Buffer = Buffer.alloc(0)

  constructor(
    private readonly file: string,
    private readonly onQuery: (query: number, docs: number[]) => void,
  ) {}

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.state === 'part') at = this.addPart(chunk, at)
      else this.addMark(chunk[at++])
    }
  }

  end(): void {
    if (this.state !== 'end') throw new AppError('bad-input', `${this.file} ends within its dictionary, after ${this.position} bytes; copy it again`)
  }

  private addMark(byte: number): void {
    this.position++
    if (BLANK.includes(String.fromCharCode(byte))) return
    if ((this.state === 'start' && byte === OPEN) || (this.state === 'between' && byte === COMMA)) this.state = 'part'
    else if (this.state === 'between' && byte === CLOSE) this.state = 'end'
    else throw this.wrong(String.fromCharCode(byte))
  }

  /** Takes bytes up to the end of the query's list, or of the chunk. Returns where it stopped. */
  private addPart(chunk: Buffer, from: number): number {
    const close = chunk.indexOf(CLOSE_LIST, from)
    const to = close < 0 ? chunk.length : close + 1
    const part = Buffer.concat([this.begun, chunk.subarray(from, to)])
    this.position += to - from
    if (part.length > MAX_PART_BYTES) throw this.wrong(part.toString('latin1', 0, 40))
    this.begun = close < 0 ? part : Buffer.alloc(0)
    if (close >= 0) this.parsePart(part.toString('latin1'))
    else if (this.parts === 0 && /^\s*\}/.test(part.toString('latin1', 0, 100))) throw new AppError('bad-input', `${this.file} holds no query; make it again with prepare_hardneg.py`)
    return to
  }

  private parsePart(text: string): void {
    const [, query, list] = PART.exec(text) ?? []
    let docs: number[]
    try {
      docs = JSON.parse(list) as number[]
    } catch (cause) {
      throw this.wrong(text, cause)
    }
    if (!docs.every((doc) => Number.isSafeInteger(doc))) throw this.wrong(text)
    this.parts++
    this.state = 'between'
    this.onQuery(Number(query), docs)
  }

  private wrong(found: string, cause?: unknown): AppError {
    return new AppError('bad-input', `${this.file} up to byte ${this.position}: ${JSON.stringify(found.slice(0, 60))} is out of place in {"query": [document, ...], ...} of whole numbers; make it again with prepare_hardneg.py`, { cause })
  }
}
