// Static negatives: per training query the documents that a first retriever ranked high and nobody judged relevant.
// Written by the mine step from a ranking; drawn from by sampler.ts.
import { readArrays, writeArrays } from '@/server/files/typed-array-file'

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
