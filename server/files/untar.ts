// Unpacks chosen files of a .tar.gz, and nothing else: names are compared with a list, so no path of the archive is ever used on disk.
// Called by jobs/get-data.ts.
import fs from 'node:fs'
import path from 'node:path'
import { createGunzip } from 'node:zlib'
import { AppError } from '@/contract/errors'
import { stopIfCancelled } from './cancel'

const BLOCK = 512
const OCTAL = /^[0-7 \0]*$/

/**
 * Writes the wanted members of `archive`, named by their last part, into `dir`. Returns those that were found. A file appears under its
 * name only when it is whole. Throws AppError bad-input for a damaged archive.
 */
export async function extractTarGz(archive: string, dir: string, wanted: ReadonlySet<string>, { signal, progress }: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {}): Promise<string[]> {
  const wrong = (why: string, cause?: unknown) => new AppError('bad-input', `${archive} is not a complete .tar.gz: ${why}; download it again`, { cause })
  const size = fs.statSync(archive).size
  const source = fs.createReadStream(archive, { highWaterMark: 1 << 18 })
  const unzipped = source.pipe(createGunzip({ chunkSize: 1 << 18 }))
  source.on('error', (error) => unzipped.destroy(error))
  const found: string[] = []
  let out: { fd: number; name: string } | null = null
  let left = 0 // bytes of the current member
  let padding = 0
  let header: Buffer = Buffer.alloc(0)
  let ended = false
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      stopIfCancelled(signal)
      progress?.(source.bytesRead, size)
      let at = 0
      while (at < chunk.length && !ended) {
        if (left > 0) {
          const taken = Math.min(left, chunk.length - at)
          if (out) fs.writeFileSync(out.fd, chunk.subarray(at, at + taken))
          left -= taken
          at += taken
          if (left === 0 && out) {
            finish(out, dir)
            found.push(out.name)
            out = null
          }
          continue
        }
        if (padding > 0) {
          const taken = Math.min(padding, chunk.length - at)
          padding -= taken
          at += taken
          continue
        }
        const taken = Math.min(BLOCK - header.length, chunk.length - at)
        header = Buffer.concat([header, chunk.subarray(at, at + taken)])
        at += taken
        if (header.length < BLOCK) continue
        if (header.every((byte) => byte === 0)) {
          ended = true
          continue
        }
        const member = parseHeader(header)
        if (!member) throw wrong('a header is damaged')
        header = Buffer.alloc(0)
        left = member.bytes
        padding = (BLOCK - (member.bytes % BLOCK)) % BLOCK
        const name = path.posix.basename(member.name)
        if (member.isFile && left > 0 && wanted.has(name)) out = { fd: fs.openSync(path.join(dir, `${name}.part`), 'w'), name }
      }
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw wrong((error as Error).message, error)
  } finally {
    if (out) fs.closeSync(out.fd)
    source.destroy()
  }
  if (!ended && (left > 0 || header.length > 0)) throw wrong('it ends within a file')
  return found
}

function finish({ fd, name }: { fd: number; name: string }, dir: string): void {
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  fs.renameSync(path.join(dir, `${name}.part`), path.join(dir, name))
}

/** A ustar header; null where its checksum does not fit. */
function parseHeader(header: Buffer): { name: string; bytes: number; isFile: boolean } | null {
  const text = (from: number, to: number) => header.toString('latin1', from, to).replace(/\0.*$/s, '')
  const checksum = parseInt(text(148, 156).trim(), 8)
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i]
  if (sum !== checksum) return null
  // GNU's large sizes are binary, marked by the highest bit
  const large = (header[124] & 0x80) !== 0
  const field = header.toString('latin1', 124, 136)
  if (!large && !OCTAL.test(field)) return null
  const bytes = large ? Number(header.readBigUInt64BE(128)) : parseInt(field.replace(/\0.*$/s, '').trim() || '0', 8)
  const type = header[156]
  return { name: text(0, 100), bytes, isFile: type === 0x30 || type === 0 }
}
