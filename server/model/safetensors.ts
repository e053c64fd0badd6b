// Reads and writes safetensors files (https://github.com/huggingface/safetensors, "Format"): an 8-byte header length, a JSON header,
// then raw little-endian data. Checkpoints are stored so that transformers loads them; imported models come this way.
import fs from 'node:fs'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { readRange, type ReadRange } from '@/server/files/read-range'
import { isFloatType, STORED_BYTES, toFloat32 } from './tensor-types'

const Header = z.record(
  z.string(),
  z.union([z.object({ dtype: z.string(), shape: z.array(z.number().int().nonnegative()), data_offsets: z.tuple([z.number().int(), z.number().int()]) }), z.record(z.string(), z.string())]),
)

export interface NamedTensor {
  data: Float32Array
  shape: readonly number[]
}

/** Writes tensors in the order of the map. */
export function writeSafetensors(path: string, tensors: ReadonlyMap<string, NamedTensor>): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let offset = 0
  for (const [name, { data, shape }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  let json = JSON.stringify(header)
  json += ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8) // data starts aligned
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)))
  const file = fs.openSync(path, 'w')
  try {
    fs.writeSync(file, length)
    fs.writeSync(file, json)
    for (const { data } of tensors.values()) writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  } finally {
    fs.closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(file, bytes, done)
}

const FLOAT_TYPES = ['F32', 'F16', 'BF16', 'F64'] as const
const WHOLE_TYPES = ['I64', 'I32', 'I16', 'I8', 'U8', 'BOOL'] as const
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000

/** Reads every float tensor, as float32; tensors of whole numbers (position_ids) are left out. Throws AppError bad-input where the file is not what its header says. */
export function readSafetensors(path: string): Map<string, NamedTensor> {
  const fd = openWeights(path)
  try {
    return parseSafetensors((start, end) => readRange(fd, path, start, end), fs.fstatSync(fd).size, path)
  } finally {
    fs.closeSync(fd)
  }
}

/** As readSafetensors, over any source of `size` bytes. */
export function parseSafetensors(read: ReadRange, size: number, path: string): Map<string, NamedTensor> {
  const wrong = (why: string, cause?: unknown) => new AppError('bad-input', `${path}: not a readable safetensors file: ${why}; export it again`, { cause })
  if (size < 8) throw wrong(`${size} bytes, shorter than the header length`)
  const headerBytes = Number(read(0, 8).readBigUInt64LE(0))
  if (headerBytes > size - 8) throw wrong(`header of ${headerBytes} bytes in a file of ${size}`)
  if (headerBytes > MAX_HEADER_BYTES) throw wrong(`header of ${headerBytes} bytes; ${MAX_HEADER_BYTES} are allowed`)
  let header: z.infer<typeof Header>
  try {
    header = Header.parse(JSON.parse(read(8, 8 + headerBytes).toString('utf8')))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw wrong('its header is not the expected JSON', cause)
  }
  const start = 8 + headerBytes
  const tensors = new Map<string, NamedTensor>()
  const ranges: [number, number, string][] = []
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    if (!Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) throw wrong(`tensor ${name} has no shape or offsets`)
    const [from, to] = entry.data_offsets as [number, number]
    const shape = entry.shape as number[]
    const dtype = String(entry.dtype)
    const type = [...FLOAT_TYPES, ...WHOLE_TYPES].find((each) => each === dtype)
    if (!type) throw wrong(`tensor ${name} is ${dtype}, expected ${FLOAT_TYPES.join(', ')}`)
    const bytes = shape.reduce((a, b) => a * b, STORED_BYTES[type])
    if (from < 0 || to - from !== bytes || start + to > size) throw wrong(`tensor ${name} [${shape.join(', ')}] does not lie at bytes ${from}..${to}`)
    ranges.push([from, to, name])
    if (isFloatType(type)) tensors.set(name, { data: toFloat32(type, read(start + from, start + to)), shape })
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  for (let i = 1; i < ranges.length; i++) if (ranges[i][0] < ranges[i - 1][1]) throw wrong(`tensors ${ranges[i - 1][2]} and ${ranges[i][2]} overlap`)
  return tensors
}

function openWeights(path: string): number {
  try {
    return fs.openSync(path, 'r')
  } catch (cause) {
    throw new AppError('bad-input', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
