// Relevance judgements by row: for every query its judged documents and their grades, grade 0 and below included.
// Written by imports; read by training, mining, evaluation and inspection.
import { AppError } from '@/contract/errors'
import { readArrays, writeArrays } from '@/server/files/typed-array-file'

export interface Judgement {
  docRow: number
  grade: number
}

/** Compressed rows: the judgements of query q are docRows and grades [offsets[q], offsets[q + 1]), by docRow ascending. */
export class Qrels {
  constructor(
    readonly offsets: Uint32Array,
    readonly docRows: Int32Array,
    readonly grades: Int32Array,
  ) {}

  get queryCount(): number {
    return this.offsets.length - 1
  }

  /** All judgements of a query, whatever the grade. */
  judged(queryRow: number): Judgement[] {
    const judgements: Judgement[] = []
    for (let i = this.offsets[queryRow]; i < this.offsets[queryRow + 1]; i++) judgements.push({ docRow: this.docRows[i], grade: this.grades[i] })
    return judgements
  }

  /** The judgements of grade 1 and more. */
  relevant(queryRow: number): Judgement[] {
    return this.judged(queryRow).filter(({ grade }) => grade > 0)
  }

  relevantCount(queryRow: number): number {
    let count = 0
    for (let i = this.offsets[queryRow]; i < this.offsets[queryRow + 1]; i++) if (this.grades[i] > 0) count++
    return count
  }
}

/** Builds the compressed rows; each (query, document) pair may come once. */
export function buildQrels(queryCount: number, judgements: { queryRows: ArrayLike<number>; docRows: ArrayLike<number>; grades: ArrayLike<number> }): Qrels {
  const { queryRows, docRows, grades } = judgements
  const order = Uint32Array.from(queryRows, (_, i) => i).sort((a, b) => queryRows[a] - queryRows[b] || docRows[a] - docRows[b])
  const offsets = new Uint32Array(queryCount + 1)
  for (let i = 0; i < queryRows.length; i++) offsets[queryRows[i] + 1]++
  for (let q = 0; q < queryCount; q++) offsets[q + 1] += offsets[q]
  return new Qrels(
    offsets,
    Int32Array.from(order, (i) => docRows[i]),
    Int32Array.from(order, (i) => grades[i]),
  )
}

export function writeQrels(path: string, qrels: Qrels): void {
  writeArrays(path, [qrels.offsets, qrels.docRows, qrels.grades].map((data) => ({ data, shape: [data.length] })))
}

export function readQrels(path: string): Qrels {
  const [offsets, docRows, grades] = readArrays(path, ['u32', 'i32', 'i32'])
  if (offsets.at(-1) !== docRows.length || docRows.length !== grades.length) throw new AppError('broken', `${path}: its arrays do not fit together; import the data set again`)
  return new Qrels(offsets, docRows, grades)
}
