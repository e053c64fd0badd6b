// Static negatives: per training query the documents that a first retriever ranked high and nobody judged relevant.
// Written by the mine step from a ranking, and by the take step; drawn from by train/sampler.ts, shown by app/api.
import { AppError } from '@/contract/errors'
import { openArrays, readArrays, writeArrays, type ArrayFile } from '@/server/files/typed-array-file'
import { placeOf } from './ranking'

/** Negatives of the i-th training query (in ascending row order): docRows [offsets[i], offsets[i + 1]), best first. */
export interface Negatives {
  offsets: Uint32Array
  docRows: Int32Array
}

export function writeNegatives(path: string, { offsets, docRows }: Negatives): void {
  writeArrays(path, [offsets, docRows].map((data) => ({ data, shape: [data.length] })))
}

export function readNegatives(path: string): Negatives {
  const [offsets, docRows] = readArrays(path, ['u32', 'i32'])
  return { offsets, docRows }
}

/** Reads one query's negatives without loading the others. `trainRows`: the training queries, ascending, whose negatives the file has in this order. */
export function openNegatives(path: string, trainRows: Int32Array): NegativesFile {
  return new NegativesFile(path, trainRows)
}

export class NegativesFile {
  private readonly offsets: ArrayFile<'u32'>
  private readonly docRows: ArrayFile<'i32'>

  constructor(
    path: string,
    readonly queryRows: Int32Array,
  ) {
    ;[this.offsets, this.docRows] = openArrays(path, ['u32', 'i32'])
    const found = this.offsets.shape[0] - 1
    if (found === queryRows.length) return
    this.close()
    throw new AppError('broken', `${path} has negatives of ${found} queries, and the data set has ${queryRows.length} training queries; launch the run again`)
  }

  /** Best first, without scores; null for a query that is no training query. */
  get(queryRow: number): { docRows: Int32Array; scores: null } | null {
    const i = placeOf(this.queryRows, queryRow)
    if (i < 0) return null
    const [from, to] = this.offsets.readRows(i, i + 2)
    return { docRows: this.docRows.readRows(from, to), scores: null }
  }

  close(): void {
    this.offsets.close()
  }
}

/**
 * Takes the relevant documents out of each ranking and keeps the first `depth` of the rest (Zhan et al. 2021, section 5.2).
 * Where a ranking is too short it keeps what there is; `short` counts those queries.
 */
export function mineNegatives(rankings: Iterable<{ docs: ArrayLike<number>; relevant: readonly number[] }>, depth: number): Negatives & { short: number } {
  const offsets = [0]
  const docRows: number[] = []
  let short = 0
  for (const { docs, relevant } of rankings) {
    let kept = 0
    for (let i = 0; i < docs.length && kept < depth; i++) {
      if (relevant.includes(docs[i])) continue
      docRows.push(docs[i])
      kept++
    }
    if (kept < depth) short++
    offsets.push(docRows.length)
  }
  return { offsets: Uint32Array.from(offsets), docRows: Int32Array.from(docRows), short }
}
