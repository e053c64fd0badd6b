// Rankings and judgements as TREC files with official ids. Export for downloads; parsers for `drhard eval` and tests.
import { AppError } from '@/contract/errors'
import { parseJudgement } from '@/server/dataset/qrels-lines'
import { badLine, type Line } from '@/server/dataset/tsv-lines'
import type { Ranking } from './ranking'

/** Where official ids come from: dataset/ids.ts, or a function in tests. */
export interface IdSource {
  idOf(row: number): string
}

/** A ranking read from a file: per query the official ids in order of rank; null where the file has no document for a rank. */
export type IdRanking = Map<string, (string | null)[]>
/** Query id -> document id -> grade. */
export type IdQrels = Map<string, Map<string, number>>

/**
 * Lines `query Q0 document rank score tag`. trec_eval sorts by float32 score and breaks ties by document id descending, so a
 * score that would tie is lowered to the next smaller float32: scores come out distinct and in our order.
 */
export function* trecLines(ranking: Ranking, queryIds: IdSource, docIds: IdSource, tag: string): Generator<string> {
  for (let q = 0; q < ranking.queryRows.length; q++) {
    const queryId = queryIds.idOf(ranking.queryRows[q])
    let above = Infinity
    for (let i = ranking.offsets[q]; i < ranking.offsets[q + 1]; i++) {
      const score = Math.min(ranking.scores[i], nextBelow(above))
      yield `${queryId} Q0 ${docIds.idOf(ranking.docRows[i])} ${i - ranking.offsets[q] + 1} ${float32Text(score)} ${tag}`
      above = score
    }
  }
}

/** Documents in the order in which trec_eval sees them: by float32 score, then document id, both descending. The rank column is not used. */
export function parseTrecRun(lines: Iterable<Line>, file: string): IdRanking {
  const scored = new Map<string, Map<string, { score: number; line: number }>>()
  for (const line of lines) {
    const fields = line.text.trim().split(/[\t ]+/)
    if (fields.length !== 6) throw badLine(file, line.number, `expected 6 columns (query, Q0, document, rank, score, tag), found ${fields[0] === '' ? 0 : fields.length}`, 're-export it')
    const [queryId, , docId, , scoreText] = fields
    const score = Number(scoreText)
    if (!Number.isFinite(score)) throw badLine(file, line.number, `the score "${scoreText}" is not a number`, 're-export it')
    const docs = scored.get(queryId) ?? new Map<string, { score: number; line: number }>()
    scored.set(queryId, docs)
    const earlier = docs.get(docId)
    if (earlier) throw badLine(file, line.number, `document "${docId}" is already ranked for query "${queryId}" on line ${earlier.line}`, 'remove one of them')
    docs.set(docId, { score: Math.fround(score), line: line.number })
  }
  return new Map(Array.from(scored, ([queryId, docs]) => [queryId, trecOrder(docs)]))
}

export function parseQrels(lines: Iterable<Line>, file: string): IdQrels {
  const qrels: IdQrels = new Map()
  for (const line of lines) {
    const { queryId, docId, grade } = parseJudgement(file, line)
    const grades = qrels.get(queryId) ?? new Map<string, number>()
    qrels.set(queryId, grades)
    const earlier = grades.get(docId)
    if (earlier !== undefined && earlier !== grade) throw badLine(file, line.number, `grade ${grade} contradicts grade ${earlier} on an earlier line for query "${queryId}" and document "${docId}"`, 'remove one of them')
    grades.set(docId, grade)
  }
  return qrels
}

function trecOrder(docs: Map<string, { score: number }>): string[] {
  const entries = [...docs]
  entries.sort(([idA, a], [idB, b]) => b.score - a.score || Buffer.compare(Buffer.from(idB), Buffer.from(idA)))
  return entries.map(([id]) => id)
}

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** The largest float32 below x. */
function nextBelow(x: number): number {
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
