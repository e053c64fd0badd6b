// The original's document embeddings: passages.memmap, float32 [documents, dim], and passages-id.memmap, the offset of each row, which
// counts up from 0. Called by the step `take`.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'
import { readRange } from '@/server/files/read-range'

export interface GivenEmbeddings {
  /** Rows [from, to), flat. Throws AppError bad-input for a row of another document and for numbers that are none. */
  read(from: number, to: number): Float32Array<ArrayBuffer>
  close(): void
}

/** Throws AppError bad-input where the files are not of so many documents and dimensions. */
export function openGivenEmbeddings({ embeddings, embeddingIds }: { embeddings: string; embeddingIds: string }, { docs, dim }: { docs: number; dim: number }): GivenEmbeddings {
  for (const [file, bytes, what] of [[embeddings, docs * dim * 4, `${docs} rows of ${dim} float32`], [embeddingIds, docs * 4, `${docs} int32`]] as const) {
    const found = fs.statSync(file, { throwIfNoEntry: false })?.size
    if (found !== bytes) throw new AppError('bad-input', `${file}: ${what} expected, ${found === undefined ? 'no such file' : `${found} bytes`} found; are they of this data set and model?`)
  }
  const [fd, idsFd] = [fs.openSync(embeddings, 'r'), fs.openSync(embeddingIds, 'r')]
  return {
    read(from, to) {
      const ids = readRange(idsFd, embeddingIds, from * 4, to * 4)
      for (let row = from; row < to; row++) {
        const offset = ids.readInt32LE((row - from) * 4)
        if (offset !== row) throw new AppError('bad-input', `${embeddingIds}: row ${row} is of offset ${offset}; embeddings in the order of the documents are expected, as star/inference.py writes them`)
      }
      const block = new Float32Array(Uint8Array.from(readRange(fd, embeddings, from * dim * 4, to * dim * 4)).buffer)
      const odd = block.findIndex((value) => !Number.isFinite(value))
      if (odd >= 0) throw new AppError('bad-input', `${embeddings}: document ${from + Math.floor(odd / dim)} has ${block[odd]} in its embedding; encode again`)
      return block
    },
    close() {
      fs.closeSync(fd)
      fs.closeSync(idsFd)
    },
  }
}
