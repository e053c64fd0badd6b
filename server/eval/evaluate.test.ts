// The measures are those of trec_eval 9.0.8 and of MS MARCO's script, except where docs say otherwise.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLines, type Line } from '@/server/dataset/tsv-lines'
import { parseMsmarcoRun } from '@/server/ranking/msmarco'
import { RankingBuilder } from '@/server/ranking/ranking'
import { parseQrels, parseTrecRun, type IdRanking } from '@/server/ranking/trec'
import { buildQrels } from '@/server/dataset/qrels'
import { describeShared } from '@/tests/shared-data'
import { evaluateIds, evaluateRanking } from './evaluate'
import { reciprocalRank } from './measures/mrr'
import { ndcg } from './measures/ndcg'
import { recall } from './measures/recall'
import { readPerQuery, writePerQuery } from './per-query'

describe('measures by hand', () => {
  it('MRR looks at the first relevant document within the cut', () => {
    expect(reciprocalRank([0, 0, 1, 1], 10)).toBe(1 / 3)
    expect(reciprocalRank([0, 0, 1], 2)).toBe(0)
    expect(reciprocalRank([1, 2], 10, 2)).toBe(1 / 2)
    expect(reciprocalRank([], 10)).toBe(0)
  })
  it('recall divides by all relevant documents, found or not', () => {
    expect(recall([1, 0, 2, 1], 8, 3)).toBe(2 / 8)
    expect(recall([1], 0, 100)).toBe(0)
  })
  it('NDCG has linear gain, ignores negative grades and is 1 for the best order', () => {
    expect(ndcg([0, 3], [3, 1], 10)).toBeCloseTo(3 / Math.log2(3) / (3 + 1 / Math.log2(3)), 15)
    expect(ndcg([3, 1, -2], [-2, 1, 3], 10)).toBe(1)
    expect(ndcg([0], [0], 10)).toBe(0)
  })
})

describe('evaluateRanking', () => {
  // Query 0: hit at rank 2. Query 1: judged, not ranked. Query 2: only a grade 0. Query 3: not judged.
  const qrels = buildQrels(4, { queryRows: [0, 0, 1, 2], docRows: [5, 6, 5, 5], grades: [1, 0, 1, 0] })
  const builder = new RankingBuilder()
  builder.add(0, Int32Array.of(6, 5), Float32Array.of(2, 1))
  builder.add(2, Int32Array.of(5), Float32Array.of(1))
  const evaluation = evaluateRanking(builder.build(), qrels, Int32Array.of(0, 1, 2, 3))

  it('counts judged queries without a ranking as 0 and says how many', () => {
    expect(evaluation.n).toBe(2)
    expect(evaluation.missing).toBe(1)
    expect(evaluation.perQuery.queryRows).toEqual(Int32Array.of(0, 1))
    expect(evaluation.perQuery.values['MRR@10']).toEqual(Float64Array.of(0.5, 0))
    expect(evaluation.means).toEqual({ 'MRR@10': 0.25, 'R@100': 0.5, 'NDCG@10': 1 / Math.log2(3) / 2 })
  })

  it('per-query values come back from their file exactly', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'per-query-')), 'per-query.json')
    writePerQuery(file, evaluation.perQuery)
    expect(readPerQuery(file)).toEqual(evaluation.perQuery)
  })
})

type TrecValues = Record<string, Record<string, number>>

describeShared('trec_eval 9.0.8', 'goldens/trec_eval', (folder) => {
  const full: Record<string, TrecValues> = folder ? JSON.parse(fs.readFileSync(path.join(folder, 'full_precision.json'), 'utf8')) : {}
  const expected: Record<string, Record<string, TrecValues>> = folder ? JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')) : {}
  const load = (name: string) => {
    const [runFile, qrelsFile] = [path.join(folder, `${name}.run`), path.join(folder, `${name}.qrels`)]
    return { run: parseTrecRun(readLines(runFile), runFile), qrels: parseQrels(readLines(qrelsFile), qrelsFile), runFile }
  }

  it.each(['cran', 'dl19', 'hand'])('%s: every query, to the last digit', (name) => {
    const { run, qrels } = load(name)
    const { perQuery } = evaluateIds(run, qrels)
    let compared = 0
    perQuery.queryIds.forEach((id, i) => {
      if (!full[name][id]) return
      compared++
      expect(perQuery.values['R@100'][i]).toBeCloseTo(full[name][id].recall_100, 14)
      expect(perQuery.values['NDCG@10'][i]).toBeCloseTo(full[name][id].ndcg_cut_10, 14)
      // recip_rank has no cut: compare where the first hit is within 10.
      expect(perQuery.values['MRR@10'][i]).toBeCloseTo(full[name][id].recip_rank >= 0.1 ? full[name][id].recip_rank : 0, 14)
      expect(perQuery.values['MRR@10'][i]).toBeCloseTo(expected[name].M10[id].recip_rank, 4)
    })
    const withoutRelevant = Object.keys(full[name]).filter((id) => expected[name].default[id].num_rel === 0)
    expect(compared).toBe(Object.keys(full[name]).length - withoutRelevant.length)
  })

  it.each(['cran', 'dl19', 'hand'])('%s: means over all judged queries (-c), and at relevance level 2', (name) => {
    const { run, qrels } = load(name)
    // trec_eval -c also divides by judged queries that have no relevant document; we leave those out.
    const c = expected[name].c.all
    const { n, means } = evaluateIds(run, qrels)
    expect((means['R@100'] * n) / c.num_q).toBeCloseTo(c.recall_100, 3)
    expect((means['NDCG@10'] * n) / c.num_q).toBeCloseTo(c.ndcg_cut_10, 3)
    const level2 = evaluateIds(run, qrels, { level: 2 }).perQuery
    level2.queryIds.forEach((id, i) => {
      if (expected[name].l2[id]) expect(Math.abs(level2.values['R@100'][i] - expected[name].l2[id].recall_100)).toBeLessThan(5.1e-5)
    })
  })

  it.each(['cran', 'dl19'])('%s: msmarco_eval.py, which ignores grades (level 0)', (name) => {
    const { qrels, runFile } = load(name)
    const byRank = Array.from(readLines(runFile), (line): Line => {
      const [queryId, , docId, rank] = line.text.split(' ')
      return { ...line, text: [queryId, docId, rank].join('\t') }
    })
    const official = expected[name].msmarco_eval_10 as unknown as Record<string, number>
    const mrr = Object.entries(official).find(([key]) => key.startsWith('MRR'))![1]
    expect(evaluateIds(parseMsmarcoRun(byRank, 'run'), qrels, { level: 0 }).means['MRR@10']).toBeCloseTo(mrr, 12)
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
  const cases = folder ? (JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')) as { name: string; args: string[]; rc: number; stdout: string }[]) : []

  it.each(cases.map((each) => [each.name, each] as const))('%s', (name, { args, rc, stdout }) => {
    const [runFile, qrelsFile] = [path.join(folder, `${name}.run.tsv`), path.join(folder, `${name}.ref.tsv`)]
    const cut = args.length > 0 ? 100 : 10
    const mrr = () => {
      const run = parseMsmarcoRun(readLines(runFile), runFile)
      return meanReciprocalRank(run, parseQrels(readLines(qrelsFile), qrelsFile), cut)
    }
    const different = DIFFERENT[name]
    if (different instanceof RegExp) expect(mrr).toThrow(different)
    else if (different !== undefined) expect(mrr()).toBe(different)
    else if (rc !== 0) expect(mrr).toThrow(expect.objectContaining({ code: 'bad-input' }))
    else expect(mrr()).toBe(Number(/MRR @\d+: (\S+)/.exec(stdout)![1]))
  })

  function meanReciprocalRank(run: IdRanking, qrels: ReturnType<typeof parseQrels>, cut: number): number {
    const evaluation = evaluateIds(run, qrels, { level: 0 })
    if (cut === 10) return evaluation.means['MRR@10']
    const values = evaluation.perQuery.queryIds.map((id) => reciprocalRank((run.get(id) ?? []).map((doc) => qrels.get(id)!.get(doc ?? '') ?? -1), cut, 0))
    return values.reduce((a, b) => a + b, 0) / values.length
  }
})
