// Official ids read from files <-> rows, in order of first appearance. Works on the bytes of a line, because a run file has millions of
// ids and making a string of each costs more than everything else. Shared by the run files and judgements that are read together.

const ZERO = 0x30
const NINE = 0x39
/** Decimal ids up to this length are their own key. */
const MAX_DIGITS = 9

export class IdTable {
  private count = 0
  /** Per row the number that the id is, or -1 - its place among the textual ids. */
  private keys = new Int32Array(1 << 10)
  private readonly texts: string[] = []
  private readonly rowOfText = new Map<string, number>()
  /** Hash table of the decimal ids: pairs of key and row + 1 (0: free). */
  private slots = new Int32Array(1 << 12)
  private numbers = 0

  get size(): number {
    return this.count
  }

  idOf(row: number): string {
    const key = this.keys[row]
    return key >= 0 ? String(key) : this.texts[-1 - key]
  }

  /** Row of the id in bytes [from, to), a new one where it is not known yet. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const key = decimalKey(bytes, from, to)
    return key >= 0 ? this.addNumber(key) : this.addText(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8'))
  }

  addId(id: string): number {
    const bytes = Buffer.from(id)
    return this.add(bytes, 0, bytes.length)
  }

  /** Row of an id, or -1. */
  rowOf(id: string): number {
    const bytes = Buffer.from(id)
    const key = decimalKey(bytes, 0, bytes.length)
    return key >= 0 ? this.slots[this.slotOf(key) + 1] - 1 : (this.rowOfText.get(id) ?? -1)
  }

  private addNumber(key: number): number {
    let slot = this.slotOf(key)
    const found = this.slots[slot + 1]
    if (found > 0) return found - 1
    if (++this.numbers * 4 > this.slots.length) {
      this.growSlots()
      slot = this.slotOf(key)
    }
    const row = this.append(key)
    this.slots[slot] = key
    this.slots[slot + 1] = row + 1
    return row
  }

  private addText(text: string): number {
    const found = this.rowOfText.get(text)
    if (found !== undefined) return found
    const row = this.append(-1 - this.texts.length)
    this.texts.push(text)
    this.rowOfText.set(text, row)
    return row
  }

  private append(key: number): number {
    if (this.count === this.keys.length) {
      const larger = new Int32Array(2 * this.count)
      larger.set(this.keys)
      this.keys = larger
    }
    this.keys[this.count] = key
    return this.count++
  }

  /** Where a key is or belongs: linear probing from a multiplicative hash (Knuth). */
  private slotOf(key: number): number {
    const { slots } = this
    const mask = slots.length / 2 - 1
    const hash = Math.imul(key, 0x9e3779b1)
    let at = (hash ^ (hash >>> 15)) & mask
    while (slots[2 * at + 1] !== 0 && slots[2 * at] !== key) at = (at + 1) & mask
    return 2 * at
  }

  private growSlots(): void {
    const old = this.slots
    this.slots = new Int32Array(old.length * 4)
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue
      const slot = this.slotOf(old[i])
      this.slots[slot] = old[i]
      this.slots[slot + 1] = old[i + 1]
    }
  }
}

/** The number that an id is, if it is written as String(number) would; else -1. */
function decimalKey(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length < 1 || length > MAX_DIGITS || (bytes[from] === ZERO && length > 1)) return -1
  let key = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte < ZERO || byte > NINE) return -1
    key = key * 10 + byte - ZERO
  }
  return key
}
