// Reads NumPy's .npy files of numbers (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3).
// Called by dataset/import-drhard.ts for the original's lengths.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')
const MAX_HEADER_BYTES = 1 << 20
const READERS = {
  '<i4': { bytes: 4, read: (b: Buffer, at: number) => b.readInt32LE(at) },
  '<i8': { bytes: 8, read: (b: Buffer, at: number) => Number(b.readBigInt64LE(at)) },
  '<f4': { bytes: 4, read: (b: Buffer, at: number) => b.readFloatLE(at) },
  '<f8': { bytes: 8, read: (b: Buffer, at: number) => b.readDoubleLE(at) },
}

/** The numbers of a one-dimensional .npy file. Throws AppError bad-input naming what is not as expected. */
export function readNpyVector(file: string): Float64Array {
  return parseNpyVector(fs.readFileSync(file), file)
}

export function parseNpyVector(bytes: Buffer, file: string): Float64Array {
  const wrong = (why: string) => new AppError('bad-input', `${file}: not a readable .npy file: ${why}; export it again`)
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC)) throw wrong('its first bytes are not those of .npy')
  const long = bytes[6] > 1
  const headerBytes = long ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8)
  const start = (long ? 12 : 10) + headerBytes
  if (headerBytes > MAX_HEADER_BYTES || start > bytes.length) throw wrong(`a header of ${headerBytes} bytes in a file of ${bytes.length}`)
  const header = bytes.toString('latin1', long ? 12 : 10, start)
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? ''
  const shape = /'shape':\s*\((\d{1,15}),\s*\)/.exec(header)?.[1]
  const reader = Object.hasOwn(READERS, descr) ? READERS[descr as keyof typeof READERS] : null
  if (!reader) throw wrong(`type "${descr}"; ${Object.keys(READERS).join(', ')} are supported`)
  if (shape === undefined) throw wrong('it is not one-dimensional')
  const length = Number(shape)
  if (bytes.length - start !== length * reader.bytes) throw wrong(`${length} numbers of ${reader.bytes} bytes in ${bytes.length - start} bytes`)
  return Float64Array.from({ length }, (_, i) => reader.read(bytes, start + i * reader.bytes))
}
