// Finds the members of a zip file whose members are stored as they are, as torch.save writes it (APPNOTE.TXT 6.3.10, zip64 included).
// Called by model/torch-bin.ts. A compressed member is refused: nothing here can unpack to more than the file holds.
import { AppError } from '@/contract/errors'
import type { ReadRange } from './read-range'

export interface ZipMember {
  /** Bytes [start, end) of the file. */
  start: number
  end: number
}

const END = 0x06054b50
const END64_LOCATOR = 0x07064b50
const END64 = 0x06064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const MAX_COMMENT = 65_535
const MAX_MEMBERS = 1_000_000

/** Members by name. Throws AppError bad-input naming what is not as it should be. */
export function zipMembers(read: ReadRange, size: number, file: string): Map<string, ZipMember> {
  const wrong = (why: string) => new AppError('bad-input', `${file}: not a readable zip file: ${why}; download or export it again`)
  const range = (start: number, end: number) => {
    if (!(start >= 0 && start <= end && end <= size)) throw wrong(`it points to bytes ${start} to ${end} of ${size}`)
    return read(start, end)
  }
  const tailStart = Math.max(0, size - MAX_COMMENT - 22)
  const tail = range(tailStart, size)
  let endAt = tail.length - 22
  while (endAt >= 0 && tail.readUInt32LE(endAt) !== END) endAt--
  if (endAt < 0) throw wrong('it has no directory at its end; it may be cut off')
  let count = tail.readUInt16LE(endAt + 10)
  let directoryBytes = tail.readUInt32LE(endAt + 12)
  let directoryAt = tail.readUInt32LE(endAt + 16)
  if (endAt >= 20 && tail.readUInt32LE(endAt - 20) === END64_LOCATOR) {
    const at = Number(tail.readBigUInt64LE(endAt - 12))
    const end64 = range(at, at + 56)
    if (end64.readUInt32LE(0) !== END64) throw wrong('its zip64 directory is not where it should be')
    count = Number(end64.readBigUInt64LE(32))
    directoryBytes = Number(end64.readBigUInt64LE(40))
    directoryAt = Number(end64.readBigUInt64LE(48))
  }
  if (count > MAX_MEMBERS) throw wrong(`it claims ${count} members`)
  const directory = range(directoryAt, directoryAt + directoryBytes)
  const members = new Map<string, ZipMember>()
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY) throw wrong(`member ${i + 1} of ${count} is not in its directory`)
    const method = directory.readUInt16LE(at + 10)
    const nameLength = directory.readUInt16LE(at + 28)
    const extraLength = directory.readUInt16LE(at + 30)
    const commentLength = directory.readUInt16LE(at + 32)
    const next = at + 46 + nameLength + extraLength + commentLength
    if (next > directory.length) throw wrong(`member ${i + 1} of ${count} is cut off`)
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
    let bytes = directory.readUInt32LE(at + 24)
    let packed = directory.readUInt32LE(at + 20)
    let localAt = directory.readUInt32LE(at + 42)
    // zip64 extra field: the values that are all ones above, in this order
    for (let extra = at + 46 + nameLength; extra + 4 <= at + 46 + nameLength + extraLength; extra += 4 + directory.readUInt16LE(extra + 2)) {
      if (directory.readUInt16LE(extra) !== 1) continue
      let value = extra + 4
      const take = () => {
        if (value + 8 > directory.length) throw wrong(`member ${name} has a damaged zip64 field`)
        value += 8
        return Number(directory.readBigUInt64LE(value - 8))
      }
      if (bytes === 0xffffffff) bytes = take()
      if (packed === 0xffffffff) packed = take()
      if (localAt === 0xffffffff) localAt = take()
    }
    if (method !== 0 || packed !== bytes) throw wrong(`member ${name} is compressed, which torch.save never does`)
    const local = range(localAt, localAt + 30)
    if (local.readUInt32LE(0) !== LOCAL) throw wrong(`member ${name} is not where the directory says`)
    const start = localAt + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
    if (start + bytes > size) throw wrong(`member ${name} has ${bytes} bytes at ${start} of ${size}`)
    members.set(name, { start, end: start + bytes })
    at = next
  }
  return members
}
