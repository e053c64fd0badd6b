// A ranking has one order, on disk and in exported files, whatever tool re-sorts them.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildQrels } from '@/server/dataset/qrels'
import { parseMeasures } from '@/contract/measure'
import { evaluateRanking } from '@/server/eval/evaluate'
import { IdCodes } from './id-table'
import { msmarcoLines } from './msmarco'
import { openRanking, RankingBuilder, readRanking, sortRanked, writeRanking, type Ranking } from './ranking'
import { newFileIds, readRunFile } from './run-file'
import { trecLines } from './trec'
import { writeLines } from './write-run-file'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ranking-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))
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

describe('export', () => {
  const tied = rank({ 0: Array.from({ length: 60 }, (_, i) => [i, i < 20 ? 1.5 : i < 40 ? 0 : -3.25] as [number, number]) })
  const readBack = async (exported: Iterable<string>, fileIds = newFileIds()) => {
    const file = path.join(dir, 'exported')
    await writeLines(file, exported)
    return readRunFile(file, { ids: fileIds })
  }

  it('TREC: distinct float32 scores in our order, and the same order to a reader that sorts by them', async () => {
    const exported = [...trecLines(tied, queryIds, ids, 'studio')]
    const scores = exported.map((line) => Math.fround(Number(line.split(' ')[4])))
    for (let i = 1; i < scores.length; i++) expect(scores[i]).toBeLessThan(scores[i - 1])
    expect(exported[0]).toBe('q0 Q0 d0 1 1.5 studio')
    const fileIds = newFileIds()
    const { ranking } = await readBack(exported, fileIds)
    expect(Array.from(ranking.docRows, (row) => fileIds.docIds.idOf(row))).toEqual(Array.from({ length: 60 }, (_, i) => ids.idOf(i)))
  })

  it('both formats keep every measure', async () => {
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
    const rows = Int32Array.from({ length: 30 }, (_, q) => q)
    const measures = parseMeasures('MRR@10,R@100,NDCG@10,AP,Judged@10,RBP')
    const ours = evaluateRanking(ranking, qrels, rows, { measures })
    expect(ours.missing).toBeGreaterThan(0)
    expect(ours.results[2].mean).toBeGreaterThan(0.01)
    for (const exported of [trecLines(ranking, queryIds, ids, 't'), msmarcoLines(ranking, queryIds, ids)]) {
      const fileIds = newFileIds()
      for (const q of rows) fileIds.queryIds.add(queryIds.idOf(q))
      const { ranking: again } = await readBack(exported, fileIds)
      const theirs = { queryRows: judged.queryRows, docRows: judged.docRows.map((row) => fileIds.docIds.codeOfId(ids.idOf(row))), grades: judged.grades }
      const { results, missing } = evaluateRanking(again, buildQrels(30, theirs), rows, { measures })
      expect(results).toEqual(ours.results)
      expect(missing).toBe(ours.missing)
    }
  })
})

it('id codes: one for every id, and the id back, of all kinds', () => {
  const codes = new IdCodes()
  const given = [...Array.from({ length: 3_000 }, (_, i) => String((i * 7919) % 1_000_003)), ...Array.from({ length: 2_000 }, (_, i) => `D${i}`), '0', '00', '-1', 'é', '999999999', '1000000000']
  const codeOf = given.map((id) => codes.codeOfId(id))
  expect(codeOf.map((code) => codes.idOf(code))).toEqual(given)
  expect(given.map((id) => codes.codeOfId(id))).toEqual(codeOf)
  expect(new Set(codeOf).size).toBe(new Set(given).size)
})
