// The hash of texts and files: step keys, migrations, folder names, imports, saved states. Called by server and jobs.
import { createHash } from 'node:crypto'
import fs from 'node:fs'

/** SHA-256 as lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of a file of any size, as lower-case hex; blocks while it reads. */
export function sha256File(file: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(1 << 22)
  const fd = fs.openSync(file, 'r')
  try {
    for (let read = fs.readSync(fd, piece); read > 0; read = fs.readSync(fd, piece)) hash.update(piece.subarray(0, read))
  } finally {
    fs.closeSync(fd)
  }
  return hash.digest('hex')
}

/** SHA-256 of a file of any size. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
