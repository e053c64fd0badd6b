// Official ids read from files as numbers. A run file has millions of document ids, so these are read from the bytes of a line: making a
// string of each, or looking each up in a table larger than the cache, costs more than everything else.

const ZERO = 0x30
const NINE = 0x39
/** Decimal ids up to this length are their own code. */
const MAX_DIGITS = 9
const FIRST_TEXT = 10 ** MAX_DIGITS

/** Query ids <-> rows, in order of first appearance. */
export class IdTable {
  private readonly ids: string[] = []
  private readonly rows = new Map<string, number>()

  get size(): number {
    return this.ids.length
  }

  idOf(row: number): string {
    return this.ids[row]
  }

  /** Row of an id, a new one where it is not known yet. */
  add(id: string): number {
    const known = this.rows.get(id)
    if (known !== undefined) return known
    this.rows.set(id, this.ids.length)
    return this.ids.push(id) - 1
  }
}

/**
 * Document ids <-> codes, which take the place of document rows in rankings and qrels that are read from files: whole numbers from 0,
 * equal for equal ids, but not without gaps. Decimal ids as String(number) writes them are their own code.
 */
export class IdCodes {
  private readonly texts = new IdTable()

  /** Code of the id in bytes [from, to). */
  codeOf(bytes: Uint8Array, from: number, to: number): number {
    const number = decimal(bytes, from, to)
    return number >= 0 ? number : FIRST_TEXT + this.texts.add(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8'))
  }

  codeOfId(id: string): number {
    const bytes = Buffer.from(id)
    return this.codeOf(bytes, 0, bytes.length)
  }

  idOf(code: number): string {
    return code < FIRST_TEXT ? String(code) : this.texts.idOf(code - FIRST_TEXT)
  }
}

/** The number that an id is, if it is written as String(number) would; else -1. */
function decimal(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length < 1 || length > MAX_DIGITS || (bytes[from] === ZERO && length > 1)) return -1
  let number = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte < ZERO || byte > NINE) return -1
    number = number * 10 + byte - ZERO
  }
  return number
}
