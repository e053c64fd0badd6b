// The original's token files, taken over as they are: preprocess/ of DRhard's data/passage and data/doc folders. The texts beside them
// are imported first (import.ts); tokenise.ts then uses these tokens for a model whose tokenizer made them.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import type { LogLevel } from '@/contract/event'
import { stopIfCancelled } from '@/server/files/cancel'
import { readNpyVector } from '@/server/files/npy'
import { PickleDict, readPickle, type PickleGlobals } from '@/server/files/pickle'
import { writeArray } from '@/server/files/typed-array-file'
import type { Dataset } from './dataset'
import type { Ids } from './ids'
import { queryOffsetsFile } from './given-results'
import { MAX_CONTENT_TOKENS, tokenArray, TokenWriter, type TokenRows } from './token-file'

/** RoBERTa's vocabularies, the only ones the original can use, have 50,265 tokens: 16 bits. */
const VOCAB_SIZE = 65_536
const BLOCK_ROWS = 4096

const Meta = z.object({ type: z.string(), total_number: z.number().int().nonnegative(), embedding_size: z.number().int().min(2).max(100_000) })

interface ImportDrhardOptions {
  log: (level: LogLevel, line: string) => void
  signal?: AbortSignal
  progress: (done: number, total: number, unit: string) => void
}

/** Writes docs.tokens, queries.tokens and the query rows of each split's offsets into `outDir`. Throws AppError bad-input where preprocess/ does not fit the texts. */
export function importDrhardTokens(preprocess: string, dataset: Dataset, outDir: string, { log, signal, progress }: ImportDrhardOptions): void {
  fs.mkdirSync(outDir)
  const docs = openTokenMap(preprocess, 'passages')
  checkIds(path.join(preprocess, 'pid2offset.pickle'), dataset.docIds, docs.rows, (row) => row)
  const writer = new TokenWriter(path.join(outDir, 'docs.tokens'), { rows: docs.rows, vocabSize: VOCAB_SIZE })
  for (let from = 0; from < docs.rows; from += BLOCK_ROWS) {
    writer.append(docs.read(from, Math.min(docs.rows, from + BLOCK_ROWS)))
    stopIfCancelled(signal)
    progress(Math.min(docs.rows, from + BLOCK_ROWS), docs.rows, 'token rows')
  }
  writer.close()
  docs.close()
  const missing = importQueryTokens(preprocess, dataset, path.join(outDir, 'queries.tokens'))
  if (missing > 0) log('info', `${missing} queries have no tokens: the original tokenised only judged ones`)
}

/** Returns how many queries are in none of the original's files. */
function importQueryTokens(preprocess: string, dataset: Dataset, file: string): number {
  const rows: Uint16Array[] = new Array<Uint16Array>(dataset.queries.count)
  for (const split of ['train', 'dev', 'test', 'lead'] as const satisfies readonly Split[]) {
    if (!fs.existsSync(path.join(preprocess, `${split}-query.memmap`))) continue
    const queries = openTokenMap(preprocess, `${split}-query`)
    const all = queries.read(0, queries.rows)
    queries.close()
    const rowOfOffset = new Map<number, number>()
    checkIds(path.join(preprocess, `${split}-qid2offset.pickle`), dataset.queryIds, queries.rows, (row, offset) => {
      rowOfOffset.set(offset, row)
      return offset
    })
    const offsets = Int32Array.from({ length: rowOfOffset.size }, (_, offset) => rowOfOffset.get(offset)!)
    writeArray(queryOffsetsFile(path.dirname(file), split), offsets, [offsets.length])
    let at = 0
    all.lengths.forEach((length, offset) => {
      rows[rowOfOffset.get(offset)!] = (all.ids as Uint16Array).subarray(at, at + length)
      at += length
    })
  }
  const writer = new TokenWriter(file, { rows: rows.length, vocabSize: VOCAB_SIZE })
  const lengths = Uint16Array.from(rows, (row) => row?.length ?? 0)
  const ids = new Uint16Array(lengths.reduce((sum, length) => sum + length, 0))
  let filled = 0
  let missing = 0
  for (let row = 0; row < rows.length; row++) {
    if (!rows[row]) missing++
    else ids.set(rows[row], filled)
    filled += lengths[row]
  }
  writer.append({ ids, lengths })
  writer.close()
  return missing
}

interface TokenMap {
  rows: number
  read(from: number, to: number): TokenRows
  close(): void
}

/** `<name>.memmap` is int32 [rows, width], padded behind; `<name>_meta` tells the shape, `<name>_length.npy` the lengths with <s> and </s>. */
function openTokenMap(preprocess: string, name: string): TokenMap {
  const file = path.join(preprocess, `${name}.memmap`)
  const meta = readMeta(path.join(preprocess, `${name}_meta`))
  const { total_number: rows, embedding_size: width } = meta
  const lengths = readNpyVector(path.join(preprocess, `${name}_length.npy`))
  const bytes = fs.statSync(file, { throwIfNoEntry: false })?.size
  if (meta.type !== 'int32') throw new AppError('bad-input', `${file} holds ${meta.type}, int32 expected; run the original's preprocess.py again`)
  if (bytes !== rows * width * 4) throw new AppError('bad-input', `${file}: ${rows} rows of ${width} int32 expected, ${bytes === undefined ? 'no such file' : `${bytes} bytes`} found; copy it again`)
  if (lengths.length !== rows) throw new AppError('bad-input', `${name}_length.npy has ${lengths.length} lengths for ${rows} rows; copy it again`)
  const fd = fs.openSync(file, 'r')
  return {
    rows,
    read(from, to) {
      const block = new Int32Array((to - from) * width)
      const read = fs.readSync(fd, new Uint8Array(block.buffer), 0, block.byteLength, from * width * 4)
      if (read !== block.byteLength) throw new AppError('bad-input', `${file} ends within row ${from}; copy it again`)
      const kept = Uint16Array.from({ length: to - from }, (_, i) => {
        const length = lengths[from + i]
        if (!(length >= 2 && length <= width)) throw new AppError('bad-input', `${name}_length.npy: row ${from + i} has ${length} tokens; 2 to ${width} are possible`)
        return Math.min(length - 2, MAX_CONTENT_TOKENS)
      })
      const ids = tokenArray(VOCAB_SIZE, kept.reduce((sum, length) => sum + length, 0))
      let filled = 0
      kept.forEach((length, i) => {
        for (let j = 1; j <= length; j++) {
          const id = block[i * width + j]
          if (id < 0 || id >= VOCAB_SIZE) throw new AppError('bad-input', `${file} row ${from + i}: ${id} is no token of a RoBERTa vocabulary`)
          ids[filled++] = id
        }
      })
      return { ids, lengths: kept }
    },
    close: () => fs.closeSync(fd),
  }
}

function readMeta(file: string): z.infer<typeof Meta> {
  try {
    return Meta.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new AppError('bad-input', `${file} cannot be read as the original's _meta (type, total_number, embedding_size): ${(cause as Error).message}`, { cause })
  }
}

/** What numpy's whole numbers are pickled as. */
const NUMPY_NUMBERS: PickleGlobals = {
  'numpy.dtype': ([name]) => String(name),
  'numpy.core.multiarray.scalar': numpyScalar,
  'numpy._core.multiarray.scalar': numpyScalar,
}

function numpyScalar([dtype, data]: unknown[]): unknown {
  if (!Buffer.isBuffer(data)) throw new AppError('bad-input', 'A numpy number has no bytes')
  if (dtype === 'i4' && data.length === 4) return data.readInt32LE(0)
  if (dtype === 'i8' && data.length === 8) {
    const value = data.readBigInt64LE(0)
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  }
  throw new AppError('bad-input', `A numpy number of type ${String(dtype)} in ${data.length} bytes; i4 and i8 are supported`)
}

/** The original's map from id to offset, in a pickle. */
export function readIdMap(bytes: Buffer, file: string): Map<string, number> {
  const { value } = readPickle(bytes, { file, globals: NUMPY_NUMBERS })
  if (!(value instanceof PickleDict)) throw new AppError('bad-input', `${file} holds no dict; run the original's preprocess.py again`)
  const map = new Map<string, number>()
  for (const [id, offset] of value.items) {
    if ((typeof id !== 'number' && typeof id !== 'bigint') || typeof offset !== 'number') throw new AppError('bad-input', `${file}: its entries are not whole numbers; run the original's preprocess.py again`)
    map.set(String(id), offset)
  }
  return map
}

/** Checks that the map's ids are those of the texts. `offsetOf` says which offset a row should have. */
function checkIds(file: string, ids: Ids, rows: number, offsetOf: (row: number, offset: number) => number): void {
  const map = readIdMap(fs.readFileSync(file), file)
  if (map.size !== rows) throw new AppError('bad-input', `${file} names ${map.size} ids for ${rows} rows of tokens; copy preprocess/ again`)
  for (const [id, offset] of map) {
    // the original drops the D of document ids
    const row = ids.rowOf(id) ?? ids.rowOf(`D${id}`)
    if (row === undefined) throw new AppError('bad-input', `${file} names ${id}, which dataset/ does not have; dataset/ and preprocess/ must belong together`)
    if (offsetOf(row, offset) !== offset || offset >= rows) throw new AppError('bad-input', `${file}: ${id} is line ${row + 1} of dataset/, but row ${offset} of the tokens; dataset/ and preprocess/ must belong together`)
  }
}
