// Writes run files: lines of either format, gzipped where the name ends in .gz. Called by `drhard export`, `fuse` and `convert`.
import { createWriteStream, rmSync, renameSync } from 'node:fs'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { AppError } from '@/contract/errors'

const PIECE = 1 << 16

/** Writes lines to a file, or to standard output for "-". A file appears complete or not at all. */
export async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const pieces = Readable.from(joinLines(lines), { objectMode: false })
  if (file === '-') return pipeline(pieces, process.stdout, { end: false })
  const partial = `${file}.partial`
  try {
    const target = createWriteStream(partial)
    await (file.endsWith('.gz') ? pipeline(pieces, createGzip() as Transform, target) : pipeline(pieces, target))
    renameSync(partial, file)
  } catch (cause) {
    rmSync(partial, { force: true })
    if (cause instanceof AppError) throw cause
    throw new AppError('bad-input', `${file} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

/** Lines with their ends, in pieces large enough that streams do not cost more than the lines. */
export function* joinLines(lines: Iterable<string>): Generator<Buffer> {
  let piece = ''
  for (const line of lines) {
    piece += `${line}\n`
    if (piece.length < PIECE) continue
    yield Buffer.from(piece)
    piece = ''
  }
  if (piece) yield Buffer.from(piece)
}

/** Lines of an ir_metadata heading (Breuer et al. 2022): YAML behind comment marks. Tools that do not know it refuse the file, so it is only written on request. */
export function metadataLines(yaml: string): string[] {
  return ['# ir_metadata.start', ...yaml.trimEnd().split('\n').map((line) => `# ${line}`), '# ir_metadata.end']
}
