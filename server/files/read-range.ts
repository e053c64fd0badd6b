// Reads a stretch of an open file that others handed in. Called by model/safetensors.ts and model/torch-bin.ts.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'

/** Reads bytes [start, end) of a file. */
export type ReadRange = (start: number, end: number) => Buffer

// One read call moves at most 2 GiB.
const MAX_READ_BYTES = 1 << 30

/** Throws AppError bad-input where the file ends before. */
export function readRange(fd: number, path: string, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start)
  for (let done = 0; done < bytes.length; ) {
    const read = fs.readSync(fd, bytes, done, Math.min(MAX_READ_BYTES, bytes.length - done), start + done)
    if (read === 0) throw new AppError('bad-input', `${path} ends at byte ${start + done}; download it again`)
    done += read
  }
  return bytes
}
