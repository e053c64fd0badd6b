// A set of ids that knows the row of each, compact enough for collections of 100 million documents: about 20 bytes an id beside
// its own characters, where a JavaScript Map takes 100 and ends at 16.7 million entries. Used by ids.ts.
import { AppError } from '@/contract/errors'

const FIRST_SLOTS = 1 << 12
const FIRST_BYTES = 1 << 16
// Row numbers are int32 and starts uint32 throughout.
const MAX_BYTES = 2 ** 32 - 1

export class IdTable {
  count = 0
  private bytes = Buffer.allocUnsafe(FIRST_BYTES)
  /** The id of row r is bytes [starts[r], starts[r + 1]). */
  private starts = new Uint32Array(FIRST_SLOTS)
  private hashes = new Uint32Array(FIRST_SLOTS)
  /** Open addressing, at most half full: row + 1, or 0 for an empty slot. */
  private slots = new Int32Array(2 * FIRST_SLOTS)

  /** Gives the id source[from, to) the next row. Returns -1, or the row of the same id if it is there already. */
  add(source: Uint8Array, from: number, to: number): number {
    const hash = hashOf(source, from, to)
    const slot = this.find(hash, source, from, to)
    if (this.slots[slot] !== 0) return this.slots[slot] - 1
    this.append(hash, source, from, to)
    this.slots[slot] = this.count
    if (2 * this.count >= this.slots.length) this.growSlots()
    return -1
  }

  rowOf(id: string): number | undefined {
    const bytes = Buffer.from(id)
    const row = this.slots[this.find(hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length)] - 1
    return row < 0 ? undefined : row
  }

  private find(hash: number, source: Uint8Array, from: number, to: number): number {
    const { slots, hashes } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (;;) {
      const row = slots[slot] - 1
      if (row < 0 || (hashes[row] === hash && this.equals(row, source, from, to))) return slot
      slot = (slot + 1) & mask
    }
  }

  private equals(row: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[row]
    if (this.starts[row + 1] - start !== to - from) return false
    for (let i = from; i < to; i++) if (this.bytes[start + i - from] !== source[i]) return false
    return true
  }

  private append(hash: number, source: Uint8Array, from: number, to: number): void {
    const start = this.starts[this.count]
    const end = start + to - from
    if (end > MAX_BYTES) throw new AppError('bad-input', `The ids have more than ${MAX_BYTES} characters together; shorten them or split the data set`)
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(MAX_BYTES, Math.max(end, 2 * this.bytes.length)))
      this.bytes.copy(larger, 0, 0, start)
      this.bytes = larger
    }
    for (let i = from; i < to; i++) this.bytes[start + i - from] = source[i]
    if (this.count + 2 > this.starts.length) {
      this.starts = grown(this.starts)
      this.hashes = grown(this.hashes)
    }
    this.hashes[this.count] = hash
    this.starts[++this.count] = end
  }

  private growSlots(): void {
    this.slots = new Int32Array(2 * this.slots.length)
    const mask = this.slots.length - 1
    for (let row = 0; row < this.count; row++) {
      let slot = this.hashes[row] & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = row + 1
    }
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length)
  larger.set(array)
  return larger
}

/** FNV-1a with a final mix, since tables look at the low bits only (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(source: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ source[i], 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}
