// A ranking has one order, on disk and in exported files, whatever tool re-sorts them.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildQrels } from '@/server/dataset/qrels'
import { evaluateIds, evaluateRanking } from '@/server/eval/evaluate'
import { msmarcoLines, parseMsmarcoRun } from './msmarco'
import { openRanking, RankingBuilder, readRanking, sortRanked, writeRanking, type Ranking } from './ranking'
import { parseQrels, parseTrecRun, trecLines, type IdQrels } from './trec'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ranking-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))
const lines = (texts: Iterable<string>) => Array.from(texts, (text, i) => ({ number: i + 1, text, bytesRead: 0 }))
/** Ids whose order as text is not the order of rows, as ties in trec_eval would show. */
const ids = { idOf: (row: number) => `d${(row * 7) % 1000}` }
const queryIds = { idOf: (row: number) => `q${row}` }

function rank(rows: Record<number, [docRow: number, score: number][]>): Ranking {
  const builder = new RankingBuilder()
  for (const [queryRow, docs] of Object.entries(rows)) builder.add(Number(queryRow), Int32Array.from(docs, (d) => d[0]), Float32Array.from(docs, (d) => d[1]))
  return builder.build()
}

describe('order', () => {
  it('is score descending, then row ascending; -0 ties with 0', () => {
    const { docRows } = sortRanked(Int32Array.of(9, 3, 7, 5, 1), Float32Array.of(0, 1, -0, 1, -1))
    expect([...docRows]).toEqual([3, 5, 7, 9, 1])
  })

  it.each([NaN, Infinity, -Infinity])('has no place for %s', (score) => {
    expect(() => sortRanked(Int32Array.of(4, 8), Float32Array.of(1, score))).toThrow(/Document row 8 has the score/)
  })
})

describe('file', () => {
  const file = path.join(dir, 'ranking.bin')
  const ranking = rank({ 2: [[5, 1.5], [4, 2]], 7: [], 9: [[1, 0.25]] })

  it('comes back as a whole and query by query', () => {
    writeRanking(file, ranking)
    expect(readRanking(file)).toEqual(ranking)
    const open = openRanking(file)
    expect(open.get(2)).toEqual({ docRows: Int32Array.of(4, 5), scores: Float32Array.of(2, 1.5) })
    expect(open.get(7)!.docRows.length).toBe(0)
    expect(open.get(9)!.docRows[0]).toBe(1)
    expect(open.get(3)).toBeNull()
    expect(open.get(10)).toBeNull()
    open.close()
  })

  it.each<[string, Partial<Ranking>, RegExp]>([
    ['ties in descending rows', { docRows: Int32Array.of(5, 4, 1), scores: Float32Array.of(2, 2, 1) }, /document row 4 with score 2 follows 5 with 2/],
    ['rising scores', { scores: Float32Array.of(1, 2, 1) }, /follows/],
    ['a repeated document', { docRows: Int32Array.of(4, 4, 1) }, /repeated for query row 2/],
    ['NaN', { scores: Float32Array.of(NaN, 1, 1) }, /has the score NaN/],
    ['queries out of order', { queryRows: Int32Array.of(7, 2, 9) }, /query row 2 follows 7/],
    ['arrays that do not fit', { offsets: Uint32Array.of(0, 2, 2, 4) }, /do not fit together/],
  ])('refuses %s', (_, damage, message) => {
    expect(() => writeRanking(file, { ...ranking, ...damage })).toThrow(message)
  })
})

describe('TREC export', () => {
  const tied = rank({ 0: Array.from({ length: 60 }, (_, i) => [i, i < 20 ? 1.5 : i < 40 ? 0 : -3.25] as [number, number]) })

  it('gives distinct float32 scores in our order, and the same order to a reader that sorts by them', () => {
    const exported = [...trecLines(tied, queryIds, ids, 'studio')]
    const scores = exported.map((line) => Math.fround(Number(line.split(' ')[4])))
    for (let i = 1; i < scores.length; i++) expect(scores[i]).toBeLessThan(scores[i - 1])
    expect(exported[0]).toBe('q0 Q0 d0 1 1.5 studio')
    expect(parseTrecRun(lines(exported), 'run').get('q0')).toEqual(Array.from({ length: 60 }, (_, i) => ids.idOf(i)))
  })

  it('keeps the measures, and so does the MS MARCO export', () => {
    // Pseudo-random but fixed: 30 queries, 120 documents of 1,000, few distinct scores, so that ties decide.
    let state = 1
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below
    const builder = new RankingBuilder()
    const judged = { queryRows: [] as number[], docRows: [] as number[], grades: [] as number[] }
    for (let q = 0; q < 30; q++) {
      const docs = Int32Array.from(new Set(Array.from({ length: 120 }, () => random(1000))))
      if (q % 10 !== 9) builder.add(q, docs, Float32Array.from(docs, () => random(8) / 7))
      for (const docRow of new Set([docs[random(20)], docs[random(90)], random(1000)])) {
        judged.queryRows.push(q)
        judged.docRows.push(docRow)
        judged.grades.push(random(4))
      }
    }
    const ranking = builder.build()
    const qrels = buildQrels(30, judged)
    const idQrels: IdQrels = new Map(Array.from({ length: 30 }, (_, q) => [queryIds.idOf(q), new Map(qrels.judged(q).map(({ docRow, grade }) => [ids.idOf(docRow), grade]))]))
    const ours = evaluateRanking(ranking, qrels, Int32Array.from({ length: 30 }, (_, q) => q))
    expect(ours.missing).toBeGreaterThan(0)
    expect(ours.means['NDCG@10']).toBeGreaterThan(0.01)
    const trec = evaluateIds(parseTrecRun(lines(trecLines(ranking, queryIds, ids, 't')), 'run'), idQrels)
    const msmarco = evaluateIds(parseMsmarcoRun(lines(msmarcoLines(ranking, queryIds, ids)), 'run'), idQrels)
    for (const theirs of [trec, msmarco]) {
      expect(theirs.means).toEqual(ours.means)
      expect(theirs.perQuery.values).toEqual(ours.perQuery.values)
      expect([theirs.n, theirs.missing, theirs.extra]).toEqual([ours.n, ours.missing, 0])
    }
  })
})

describe('parsers name file, line and value', () => {
  it.each<[string, string[], RegExp]>([
    ['columns', ['q Q0 d 1 2.0 t', 'q d 1 2.0 t'], /run\.txt line 2: expected 6 columns .*, found 5/],
    ['an empty line', ['q Q0 d 1 2.0 t', ''], /line 2: expected 6 columns .*, found 0/],
    ['a score', ['q Q0 d 1 high t'], /line 1: the score "high" is not a number/],
    ['NaN', ['q Q0 d 1 nan t'], /the score "nan"/],
    ['a repeated document', ['q Q0 d 1 2 t', 'q Q0 e 2 1 t', 'q Q0 d 3 0 t'], /line 3: document "d" is already ranked for query "q" on line 1/],
  ])('TREC run: %s', (_, texts, message) => {
    expect(() => parseTrecRun(lines(texts), '/x/run.txt')).toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })

  it.each<[string, string[], RegExp]>([
    ['columns', ['q 0 d'.replaceAll(' ', '')], /expected 4 columns .*found 1/],
    ['a grade', ['q 0 d 1.5'], /the grade "1.5" is not a whole number/],
    ['a contradiction', ['q 0 d 1', 'q 0 d 2'], /line 2: grade 2 contradicts grade 1/],
  ])('qrels: %s', (_, texts, message) => {
    expect(() => parseQrels(lines(texts), 'qrels.tsv')).toThrow(message)
  })

  it('ties of a TREC run are broken by document id, descending', () => {
    expect(parseTrecRun(lines(['q Q0 a 1 1 t', 'q Q0 b 2 1 t', 'q Q0 c 3 1.00000001 t']), 'run').get('q')).toEqual(['c', 'b', 'a'])
  })
})
