// The measures are those of trec_eval 9.0.8 and of MS MARCO's script, except where docs/evaluation.md says otherwise.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseMeasure, parseMeasures, type Measure } from '@/contract/measure'
import { buildQrels } from '@/server/dataset/qrels'
import { readQrelsFile } from '@/server/ranking/qrels-file'
import { RankingBuilder } from '@/server/ranking/ranking'
import { newFileIds, readRunFile } from '@/server/ranking/run-file'
import { describeShared } from '@/tests/shared-data'
import { checkBelongTogether, evaluateRanking, type EvaluateOptions } from './evaluate'
import type { JudgedQuery } from './measures/judged-query'
import { measureQuery } from './measures/measure-query'
import { perQueryOf, readPerQuery, writePerQuery } from './per-query'

describe('measures by hand', () => {
  // Grades by rank; null: not judged. `missed` were judged and not retrieved.
  const query = (byRank: (number | null)[], missed: number[] = []): JudgedQuery => {
    const judged = byRank.flatMap((grade, i) => (grade === null ? [] : [{ rank: i + 1, grade }]))
    return { ranks: judged.map((j) => j.rank), grades: judged.map((j) => j.grade), retrieved: byRank.length, judgedGrades: [...judged.map((j) => j.grade), ...missed], maxGrade: 3 }
  }
  const value = (name: string, ...of: Parameters<typeof query>) => measureQuery(parseMeasure(name))(query(...of))

  it.each<[string, (number | null)[], number[], number]>([
    ['RR', [null, 0, 1, 2], [], 1 / 3],
    ['RR@2', [0, 0, 1], [], 0],
    ['RR(rel=2)', [1, 2], [], 1 / 2],
    ['MRR@10', [], [1], 0],
    ['MRR(rel=0)@10', [null, 0, 1], [], 1 / 2],
    ['R@3', [1, 0, 2, 1], [1, 1, 1, 1, 1], 2 / 8],
    ['R@100', [1], [], 1],
    ['R(rel=2)@100', [1], [], 0],
    ['P@4', [1, null, 2], [], 2 / 4],
    ['Success@2', [0, null, 1], [], 0],
    ['Success@3', [0, null, 1], [], 1],
    ['AP', [1, 0, 2], [1], (1 + 2 / 3) / 3],
    ['AP@1', [1, 0, 2], [1], 1 / 3],
    ['Rprec', [1, 0, 2], [1], 2 / 3],
    ['Judged@5', [0, null, 2], [1], 2 / 5],
    ['RBP(p=0.5)', [1, 0, 2], [1], 0.5 * (1 + 0.25)],
    ['ERR', [3, 0, 1], [], 7 / 8 + (1 / 3) * (1 / 8) * (1 / 8)],
    ['ERR(max=4)@1', [3], [], 7 / 16],
    ['Bpref', [0, 1, null, 0, 1], [0, 1], (1 - 1 / 3 + (1 - 2 / 3)) / 3],
    ['SetP', [1, null, 0, 2], [1], 2 / 4],
    ['SetR', [1, null, 0, 2], [1], 2 / 3],
    ['SetF', [1, null, 0, 2], [1], (2 * (2 / 4) * (2 / 3)) / (2 / 4 + 2 / 3)],
    ['NumRelRet', [1, null, 0, 2], [1], 2],
    ['NDCG@10', [0, 3], [1], 3 / Math.log2(3) / (3 + 1 / Math.log2(3))],
    ['NDCG(gain=exp)@10', [0, 3], [1], 7 / Math.log2(3) / (7 + 1 / Math.log2(3))],
    ['NDCG', [3, 1, -2], [], 1],
    ['NDCG@10', [0], [], 0],
    // found above: 1 relevant, 1 not relevant, 1 pooled and unjudged; 1 of the 4 above was not even pooled
    ['infAP', [1, 0, -1, null, 1], [], (1 + (1 / 5 + (4 / 5) * (3 / 4) * (1.00001 / 2.00002))) / 2],
  ])('%s of %j, missed %j', (name, byRank, missed, expected) => {
    expect(value(name, byRank, missed)).toBeCloseTo(expected, 12)
  })
})

describe('evaluateRanking', () => {
  // Query 0: hit at rank 2. Query 1: judged, not ranked. Query 2: only a grade 0. Query 3: not judged, ranked.
  const qrels = buildQrels(4, { queryRows: [0, 0, 1, 2], docRows: [5, 6, 5, 5], grades: [1, 0, 1, 0] })
  const builder = new RankingBuilder()
  builder.add(0, Int32Array.of(6, 5), Float32Array.of(2, 1))
  builder.add(2, Int32Array.of(5), Float32Array.of(1))
  builder.add(3, Int32Array.of(5), Float32Array.of(1))
  const ranking = builder.build()
  const rows = Int32Array.of(0, 1, 2, 3)
  const evaluation = evaluateRanking(ranking, qrels, rows)
  const summary = (options: EvaluateOptions) => evaluateRanking(ranking, qrels, rows, { measures: parseMeasures('MRR@10 RR'), ...options }).results.map(({ id, mean, n }) => [id, n, mean])

  it('counts queries with a relevant document, missing ones as 0, and says what it left out', () => {
    expect(evaluation.results.map(({ id, n, mean }) => [id, n, mean])).toEqual([
      ['MRR@10', 2, 0.25],
      ['R@100', 2, 0.5],
      ['NDCG@10', 2, 1 / Math.log2(3) / 2],
    ])
    expect(evaluation).toMatchObject({ queryRows: Int32Array.of(0, 1), missing: 1, withoutRelevant: 1, unjudged: 1 })
  })

  it('averages as trec_eval does when asked to, MRR by its own rule always', () => {
    expect(summary({ average: 'shared' })).toEqual([['MRR@10', 2, 0.25], ['RR', 2, 0.25]])
    expect(summary({ average: 'all' })).toEqual([['MRR@10', 2, 0.25], ['RR', 3, 0.5 / 3]])
    expect(summary({ average: 'relevant', depth: 1 })).toEqual([['MRR@10', 2, 0], ['RR', 2, 0]])
  })

  it('per-query values come back from their file exactly, with what does not count', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'per-query-')), 'per-query.json')
    const perQuery = perQueryOf(evaluateRanking(ranking, qrels, rows, { average: 'all' }))
    writePerQuery(file, perQuery)
    expect(readPerQuery(file)).toEqual(perQuery)
    expect(perQuery.values['MRR@10'][2]).toBeNaN()
  })

  it('finds a few judged documents and many alike', () => {
    const many = buildQrels(1, { queryRows: Array(50).fill(0), docRows: Array.from({ length: 50 }, (_, i) => 3 * i), grades: Array.from({ length: 50 }, (_, i) => i % 4) })
    const one = new RankingBuilder()
    one.add(0, Int32Array.from({ length: 200 }, (_, i) => i), Float32Array.from({ length: 200 }, (_, i) => -i))
    const [{ mean }] = evaluateRanking(one.build(), many, Int32Array.of(0), { measures: [parseMeasure('NumRelRet')] }).results
    expect(mean).toBe(Array.from({ length: 50 }, (_, i) => i % 4).filter((grade) => grade >= 1).length)
  })

  it('files that do not belong together are refused', () => {
    const other = new RankingBuilder()
    other.add(3, Int32Array.of(5), Float32Array.of(1))
    expect(() => checkBelongTogether(other.build(), qrels, { runFile: 'a.run', firstQueryId: 'q' })).toThrow(/None of the 1 queries of a\.run is judged \(its first is "q"\)/)
    checkBelongTogether(ranking, qrels, { runFile: 'a.run', firstQueryId: 'q' })
  })
})

type TrecValues = Record<string, Record<string, number>>

async function judge(folder: string, name: string, measures: readonly Measure[], options: EvaluateOptions = {}) {
  const ids = newFileIds()
  const qrels = await readQrelsFile(path.join(folder, `${name}.qrels`), ids)
  const { ranking } = await readRunFile(path.join(folder, `${name}.run`), { ids })
  const evaluation = evaluateRanking(ranking, qrels, Int32Array.from({ length: qrels.queryCount }, (_, row) => row), { measures, ...options })
  return { ...evaluation, queryIds: Array.from(evaluation.queryRows, (row) => ids.queryIds.idOf(row)), ids, ranking, qrels }
}

describeShared('trec_eval 9.0.8', 'goldens/trec_eval', (folder) => {
  const full: Record<string, TrecValues> = JSON.parse(fs.readFileSync(path.join(folder, 'full_precision.json'), 'utf8'))
  const expected: Record<string, Record<string, TrecValues>> = JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8'))
  const names = ['cran', 'dl19', 'hand']

  it.each(names)('%s: every query at full precision', async (name) => {
    const measures = ['recip_rank', 'P_10', 'recall_100', 'map', 'ndcg_cut_10', 'success_1']
    const { queryIds, results } = await judge(folder, name, measures.map((m) => parseMeasure(m)), { average: 'shared' })
    expect(new Set(queryIds)).toEqual(new Set(Object.keys(full[name])))
    queryIds.forEach((id, q) => measures.forEach((m, i) => expect(results[i].values[q]).toBeCloseTo(full[name][id][m], 14)))
  })

  it.each(names.flatMap((name) => [
    [name, 'default', { average: 'shared' }, 1] as const,
    [name, 'c', { average: 'all' }, 1] as const,
    [name, 'M10', { average: 'shared', depth: 10 }, 1] as const,
    [name, 'c_M10', { average: 'all', depth: 10 }, 1] as const,
    [name, 'l2', { average: 'shared' }, 2] as const,
  ]))('%s with %s: all measures, per query and mean', async (name, option, options, level) => {
    const golden = expected[name][option]
    const measures = Object.keys(golden.all).filter((m) => m !== 'num_q')
    const { queryIds, results } = await judge(folder, name, measures.map((m) => parseMeasure(m, { level })), options)
    measures.forEach((m, i) => {
      expect(results[i].n).toBe(golden.all.num_q)
      expect(Math.abs(results[i].mean - golden.all[m]), m).toBeLessThan(5.1e-5)
      queryIds.forEach((id, q) => golden[id] && expect(Math.abs(results[i].values[q] - golden[id][m]), `${m} of ${id}`).toBeLessThan(5.1e-5))
    })
    expect(Object.keys(golden).filter((id) => id !== 'all').every((id) => queryIds.includes(id))).toBe(true)
  })

  it.each(['cran', 'dl19'])('%s: msmarco_eval.py, which ignores grades (rel=0)', async (name) => {
    const official = expected[name] as unknown as Record<string, Record<string, number>>
    for (const cut of [10, 100]) {
      const ids = newFileIds()
      const qrels = await readQrelsFile(path.join(folder, `${name}.qrels`), ids)
      // by the rank column, as the script reads a run
      const byRank = fs.readFileSync(path.join(folder, `${name}.run`), 'utf8').trimEnd().split('\n').map((line) => line.split(' ')).map(([query, , doc, rank]) => `${query}\t${doc}\t${rank}\n`)
      const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'msmarco-')), 'run.tsv')
      fs.writeFileSync(file, byRank.join(''))
      const { ranking } = await readRunFile(file, { ids })
      const [{ mean }] = evaluateRanking(ranking, qrels, Int32Array.from({ length: qrels.queryCount }, (_, row) => row), { measures: [parseMeasure(`MRR(rel=0)@${cut}`)] }).results
      expect(mean).toBeCloseTo(official[`msmarco_eval_${cut}`][`MRR @${cut}`], 12)
    }
  })
})

describeShared('msmarco_eval.py’s edge cases', 'goldens/pipeline/eval_edges', (folder) => {
  /** Where we differ on purpose from what the script prints, and why. */
  const DIFFERENT: Record<string, number | RegExp> = {
    pid0_padding: 0, // the script fills missing ranks with document 0, which then counts as found
    rank0: /the rank "0" is not a whole number from 1 to 1000/, // the script silently puts it last
    same_rank_twice: /has rank 1 twice/, // the script drops the first of the two
    duplicate_pid: /already ranked for query "1" on line 1/, // the script warns and goes on
    space_sep_ref: 1, // the script insists on tabs here...
    doc_mode_tab_ref: 1, // ...and on blanks there
  }
  const cases = JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')) as { name: string; args: string[]; rc: number; stdout: string }[]

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (name, { args, rc, stdout }) => {
    const mrr = async () => {
      const ids = newFileIds()
      const qrels = await readQrelsFile(path.join(folder, `${name}.ref.tsv`), ids)
      const { ranking } = await readRunFile(path.join(folder, `${name}.run.tsv`), { ids })
      checkBelongTogether(ranking, qrels, { runFile: name, firstQueryId: '' })
      const measures = [parseMeasure(`MRR(rel=0)@${args.length > 0 ? 100 : 10}`)]
      return evaluateRanking(ranking, qrels, Int32Array.from({ length: qrels.queryCount }, (_, row) => row), { measures }).results[0].mean
    }
    const different = DIFFERENT[name]
    if (different instanceof RegExp) await expect(mrr()).rejects.toThrow(different)
    else if (different !== undefined) expect(await mrr()).toBe(different)
    else if (rc !== 0) await expect(mrr()).rejects.toThrow(expect.objectContaining({ code: 'bad-input' }))
    else expect(await mrr()).toBe(Number(/MRR @\d+: (\S+)/.exec(stdout)![1]))
  })
})
