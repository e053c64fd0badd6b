// Rankings as lines of TREC files with official ids. Called by export.ts; run-file.ts reads them.
import { AppError } from '@/contract/errors'
import type { Ranking } from './ranking'

/** Where official ids come from: dataset/ids.ts for our rankings, id-table.ts for files. */
export interface IdSource {
  idOf(row: number): string
}

/**
 * Lines `query Q0 document rank score tag`. trec_eval sorts by float32 score and breaks ties by document id descending, so a
 * score that would tie is lowered to the next smaller float32: scores come out distinct and in our order.
 */
export function* trecLines(ranking: Ranking, queryIds: IdSource, docIds: IdSource, tag: string): Generator<string> {
  for (let q = 0; q < ranking.queryRows.length; q++) {
    const queryId = queryIds.idOf(ranking.queryRows[q])
    let above = Infinity
    for (let i = ranking.offsets[q]; i < ranking.offsets[q + 1]; i++) {
      if (ranking.docRows[i] < 0) continue // a rank without a document, from an MS MARCO file
      const score = Math.min(ranking.scores[i], nextBelow(above))
      yield `${queryId} Q0 ${docIds.idOf(ranking.docRows[i])} ${i - ranking.offsets[q] + 1} ${float32Text(score)} ${tag}`
      above = score
    }
  }
}

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** The largest float32 below x. */
export function nextBelow(x: number): number {
  if (x === Infinity) return x
  float[0] = x
  if (float[0] === 0) return -(2 ** -149)
  bits[0] += float[0] > 0 ? -1 : 1
  if (!Number.isFinite(float[0])) throw new AppError('broken', `No float32 lies below the score ${x}`)
  return float[0]
}

/** Nine digits tell every float32 from its neighbours. */
function float32Text(x: number): string {
  return String(Number(x.toPrecision(9)))
}
