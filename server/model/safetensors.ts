// Reads and writes safetensors files (https://github.com/huggingface/safetensors, "Format"): an 8-byte header length, a JSON header,
// then raw little-endian data. Only float32 is understood; checkpoints are stored so that transformers loads them.
import fs from 'node:fs'
import { z } from 'zod'
import { AppError } from '@/contract/errors'

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

/** Reads every float32 tensor. Throws AppError bad-input where the file is not what its header says. */
export function readSafetensors(path: string): Map<string, NamedTensor> {
  const bytes = fs.readFileSync(path)
  const wrong = (why: string, cause?: unknown) => new AppError('bad-input', `${path}: not a readable safetensors file: ${why}; export it again`, { cause })
  if (bytes.length < 8) throw wrong(`${bytes.length} bytes, shorter than the header length`)
  const headerBytes = Number(bytes.readBigUInt64LE(0))
  if (headerBytes > bytes.length - 8) throw wrong(`header of ${headerBytes} bytes in a file of ${bytes.length}`)
  let header: z.infer<typeof Header>
  try {
    header = Header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)))
  } catch (cause) {
    throw wrong('its header is not the expected JSON', cause)
  }
  const start = 8 + headerBytes
  const tensors = new Map<string, NamedTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    if (!Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) throw wrong(`tensor ${name} has no shape or offsets`)
    const [from, to] = entry.data_offsets as [number, number]
    const shape = entry.shape as number[]
    if (entry.dtype !== 'F32') throw wrong(`tensor ${name} is ${String(entry.dtype)}, expected F32`)
    const size = shape.reduce((a, b) => a * b, 1) * 4
    if (from < 0 || to - from !== size || start + to > bytes.length) throw wrong(`tensor ${name} [${shape.join(', ')}] does not lie at bytes ${from}..${to}`)
    tensors.set(name, { data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start + from, bytes.byteOffset + start + to)), shape })
  }
  return tensors
}
