// Files of a teacher's scores: both layouts say the same, and whatever is wrong is named with its line or counted.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readTeacherFile, type TeacherFileOptions, type TeacherScores } from './teacher-file'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'teacher-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))

const DOCS = ['D0', 'D1', 'D2', 'D3', 'dé']
const QUERIES = ['dev', 'q1', 'q2', 'q3']
const idsOf = (ids: string[]) => ({ idOf: (row: number) => ids[row], rowOf: (id: string) => (ids.includes(id) ? ids.indexOf(id) : undefined) })
/** q1 to q3 are trained on; the relevant document of query row i is document row i. */
const options: TeacherFileOptions = { queryIds: idsOf(QUERIES), docIds: idsOf(DOCS), queryRows: Int32Array.of(1, 2, 3), isRelevant: (queryRow, docRow) => queryRow === docRow }

let files = 0
function read(content: string | Buffer): Promise<TeacherScores> {
  const file = path.join(dir, `scores-${files++}.tsv`)
  fs.writeFileSync(file, content)
  return readTeacherFile(file, options)
}
const scoresOf = ({ ranking: { queryRows, offsets, docRows, scores } }: TeacherScores) => Array.from(queryRows, (_, i) => Array.from(docRows.subarray(offsets[i], offsets[i + 1]), (doc, j) => [DOCS[doc], scores[offsets[i] + j]]))

const TRIPLES = '9.5\t-1.25\tq1\tD1\tD3\n9.5\t3\tq1\tD1\tdé\n2\t4\tq2\tD2\tD0\n'
const PAIRS = 'q1\tD3\t-1.25\nq2\tD0\t4\nq1\tD1\t9.5\nq1\tdé\t3e0\nq2\tD2\t2'
const BOTH = [[['D1', 9.5], ['dé', 3], ['D3', -1.25]], [['D0', 4], ['D2', 2]], []]

describe('a file of scores', () => {
  it.each([
    ['triples', TRIPLES],
    ['triples, gz', gzipSync(TRIPLES)],
    ['pairs in any order, without a last line end', PAIRS],
    ['pairs with blanks and CRLF', PAIRS.replaceAll('\t', '  ').replaceAll('\n', '\r\n')],
    ['pairs with a byte order mark', `\ufeff${PAIRS}`],
  ])('becomes a ranking of all training queries: %s', async (_name, content) => {
    const found = await read(content)
    expect(scoresOf(found)).toEqual(BOTH)
    expect(found.taught).toBe(2)
    expect(found.warnings).toEqual(['1 of 3 training queries have no scored positive and negative: they learn nothing from the teacher'])
  })

  it('counts what is left out, and names the first', async () => {
    const { warnings, ranking } = await read(`${TRIPLES}1\t2\tqX\tD1\tD2\n1\t2\tqY\tD1\tD2\n1\t2\tdev\tD0\tD2\n3\t1\tq3\tD3\tD9\n1\t2\tq3\tD0\tD1\n`)
    expect(warnings).toEqual([
      '2 lines are of queries that the data set does not have, the first "qX" on line 4',
      '1 lines are of queries that are not trained on (other splits, or no relevant document), the first "dev" on line 6',
      '1 scores are of documents that the data set does not have, the first "D9" on line 7',
      '1 positives are not relevant by the data set’s qrels and are left out, the first "D0" on line 8',
    ])
    // the negative of the last line counts, its positive does not
    expect(Array.from(ranking.docRows.subarray(ranking.offsets[2]))).toEqual([3, 1])
  })

  it('takes a repeated score once where half precision makes the difference, and refuses two teachers', async () => {
    expect(scoresOf(await read(`${TRIPLES}9.507\t3\tq1\tD1\tdé\n`))).toEqual(BOTH)
    await expect(read(`${TRIPLES}9.9\t3\tq1\tD1\tdé\n`)).rejects.toThrow(/scores-\d+\.tsv line 4: document "D1" has the score 9\.9, and 9\.5 for the same query on line 1; give the scores of one teacher only/)
    await expect(read(`${PAIRS}\nq1\tD3\t-2\n`)).rejects.toThrow(/line 6: document "D3" has the score -2, and -1.25 for the same query on line 1/)
  })

  it.each([
    ['a heading', 'query\tdoc\tscore\n', /line 1: the score "score" is not a number of 32 bits; correct it, or remove the heading/],
    ['NaN', `${PAIRS}\nq1\tD1\tNaN`, /line 6: the score "NaN" is not a number/],
    ['too large a score', `${PAIRS}\nq1\tD1\t1e39`, /line 6: the score "1e39" is not a number of 32 bits/],
    ['too few columns', `${PAIRS}\nq1\tD1`, /line 6: expected 3 columns \(query, document, score\), found 2; re-export it/],
    ['an empty line', `${PAIRS}\n\nq1\tD1\t3`, /line 6: expected 3 columns .* found an empty line/],
    ['a TREC run', 'q1 Q0 D1 1 9.5 tag\n', /line 1: expected 3 columns .* or 5 .* found 6/],
    ['an empty column', 'q1\t\t3\n', /line 1: column 2 is empty/],
    ['tabs and blanks', 'q1 x\tD1\t3\n', /line 1: tabs and blanks are mixed/],
    ['Latin-1', Buffer.from('q1\tD1\t3\nq1\td\xe9\t3\n', 'latin1'), /line 2: not valid UTF-8/],
    ['a gz file that was cut off', gzipSync(TRIPLES.repeat(2000)).subarray(0, -40), /is not a complete gz file/],
    ['an empty file', '', /is empty/],
    ['queries of another data set', 'qX\tD1\t3\n', /has no score for a training query and a document of this data set \(1 lines are of queries that the data set does not have, the first "qX" on line 1\)/],
    ['scores of negatives only', 'q1\tD2\t3\nq1\tD3\t1\n', /no margin to learn; add the scores of the positives/],
    ['ranks', 'q1\tD1\t1\nq1\tD3\t2\nq2\tD0\t2\nq2\tD2\t1\nq2\tD3\t3\n', /holds ranks \(1, 2, 3 for each query\), not scores/],
  ])('is refused with words: %s', async (_name, content, message) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(message) })
  })
})
