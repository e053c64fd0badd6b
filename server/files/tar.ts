// A gzipped tar archive of files that are made on the way. Called by the export bundle (server/eval/bundle.ts).
import { gzipSync } from 'node:zlib'

const BLOCK = 512

export interface TarFile {
  /** Path in the archive, at most 100 bytes of ASCII. */
  name: string
  content: Uint8Array
}

/** POSIX ustar (IEEE 1003.1-1988), regular files only; `modifiedAt` is the time of all files, so that equal content gives equal bytes. */
export function tarGz(files: readonly TarFile[], modifiedAt: Date): Buffer {
  const parts = files.flatMap(({ name, content }) => [header(name, content.length, modifiedAt), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)])
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]))
}

function header(name: string, bytes: number, modifiedAt: Date): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Error(`${name} is no name for a file in an archive`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number) => block.write(value.toString(8).padStart(length - 1, '0'), at)
  block.write(name, 0)
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(bytes, 124, 12)
  octal(Math.floor(modifiedAt.getTime() / 1000), 136, 12)
  block.fill(' ', 148, 156) // the checksum counts as blanks in its own sum
  block.write('0', 156)
  block.write('ustar\0' + '00', 257)
  octal(block.reduce((sum, byte) => sum + byte, 0), 148, 7)
  return block
}
