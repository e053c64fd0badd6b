// Reads a file of judgements with official ids into rows of the ids of a run file. Called by `drhard eval` and tests.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { textLines } from '@/server/dataset/line-blocks'
import { buildQrels, type Qrels } from '@/server/dataset/qrels'
import { parseJudgement } from '@/server/dataset/qrels-lines'
import { badLine } from '@/server/dataset/tsv-lines'
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
  for await (const line of textLines(file)) {
    const { number } = line
    if (number === 1 && line.text === BEIR_HEADING) continue
    const { queryId, docId, grade } = parseJudgement(file, line)
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
