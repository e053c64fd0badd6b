// Reads a file of judgements with official ids into rows of the ids of a run file. Called by `drhard eval` and tests.
import { isUtf8 } from 'node:buffer'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { buildQrels, type Qrels } from '@/server/dataset/qrels'
import { parseJudgement } from '@/server/dataset/qrels-lines'
import { badLine } from '@/server/dataset/tsv-lines'
import { readInput } from '@/server/files/input'
import type { FileIds } from './run-file'

/** BEIR's heading: the one heading line that is known and passed over. */
const BEIR_HEADING = 'query-id\tcorpus-id\tscore'

/**
 * TREC's four columns or three, gzipped or not. The qrels have a row for every query of `ids`.
 * Throws AppError bad-input that names file, line and value; a pair may be judged twice only with the same grade.
 */
export async function readQrelsFile(file: string, { queryIds, docIds }: FileIds): Promise<Qrels> {
  const judgements = { queryRows: [] as number[], docRows: [] as number[], grades: [] as number[] }
  const seen = new Map<number, Map<number, { grade: number; line: number }>>()
  let number = 0
  for await (const text of textLines(file)) {
    number++
    if (number === 1 && text === BEIR_HEADING) continue
    const { queryId, docId, grade } = parseJudgement(file, { number, text, bytesRead: 0 })
    const queryRow = queryIds.add(queryId)
    const docRow = docIds.codeOfId(docId)
    const docs = seen.get(queryRow) ?? new Map<number, { grade: number; line: number }>()
    seen.set(queryRow, docs)
    const earlier = docs.get(docRow)
    if (earlier && earlier.grade !== grade) throw badLine(file, number, `grade ${grade} contradicts grade ${earlier.grade} on line ${earlier.line} for query "${queryId}" and document "${docId}"`, 'remove one of them')
    if (earlier) continue
    docs.set(docRow, { grade, line: number })
    judgements.queryRows.push(queryRow)
    judgements.docRows.push(docRow)
    judgements.grades.push(grade)
  }
  if (judgements.grades.length === 0) throw new AppError('bad-input', `${path.basename(file)} holds no judgement; export it again`)
  return buildQrels(queryIds.size, judgements)
}

async function* textLines(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  let before = 0
  const decode = (bytes: Buffer): string[] => {
    if (!isUtf8(bytes)) throw badLine(file, before + 1, 'this line or one after it is not valid UTF-8', 'convert the file to UTF-8')
    const lines = bytes.toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    if (before === 0) lines[0] = lines[0].replace(/^\uFEFF/, '')
    before += lines.length
    return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  }
  for await (const chunk of readInput(file)) {
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(0x0a) + 1
    if (end > 0) yield* decode(bytes.subarray(0, end))
    rest = Buffer.from(bytes.subarray(end))
  }
  if (rest.length > 0) yield* decode(rest)
}
