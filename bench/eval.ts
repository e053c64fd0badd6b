// `bench eval`: reading and judging a run of 6,980 queries x 1,000 documents, and comparing two, ours and trec_eval in turn. Called by run.ts.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { measureId, parseMeasures } from '@/contract/measure'
import { buildQrels } from '@/server/dataset/qrels'
import { evaluateRanking } from '@/server/eval/evaluate'
import { perQueryOf } from '@/server/eval/per-query'
import { compareToBaseline } from '@/server/eval/significance'
import { uniform } from '@/server/random/random'
import { readQrelsFile } from '@/server/ranking/qrels-file'
import { RankingBuilder, readRanking, writeRanking } from '@/server/ranking/ranking'
import { newFileIds, readRunFile } from '@/server/ranking/run-file'
import { trecLines } from '@/server/ranking/trec'
import { writeLines } from '@/server/ranking/write-run-file'
import { median, printTable, since } from './timing'

// MS MARCO's dev set: 6,980 queries, 1.07 judged documents each, ids below 8,841,823
const [QUERIES, DEPTH, DOCS] = [6980, 1000, 8_841_823]
const MEASURES = parseMeasures('MRR@10,R@100,NDCG@10,AP,P@10')
const PERMUTATIONS = 100_000

export async function benchEval({ turns, json }: { turns: number; json: boolean }): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-eval-'))
  try {
    const files = await writeFiles(dir)
    const sides: Record<string, (() => Promise<void>) | null> = {
      'judge from the TREC file': async () => void (await judgeFile(files.trec, files.qrels)),
      'judge from our file': async () => void judgeOurs(files),
      [`compare two runs, ${PERMUTATIONS.toLocaleString('en-US')} permutations`]: async () => compareTwo(files),
      'trec_eval': trecEval() ? async () => void spawnSync('trec_eval', ['-m', 'recip_rank', '-m', 'recall.100', '-m', 'ndcg_cut.10', '-m', 'map', '-m', 'P.10', files.qrels, files.trec]) : null,
    }
    const times: Record<string, number[]> = {}
    for (let turn = -1; turn < turns; turn++)
      for (const [name, side] of Object.entries(sides)) {
        if (!side) continue
        const started = performance.now()
        await side()
        if (turn >= 0) (times[name] ??= []).push(since(started))
      }
    const result = { queries: QUERIES, depth: DEPTH, measures: MEASURES.map(measureId), bytes: fs.statSync(files.trec).size, load: os.loadavg()[0], seconds: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])) }
    if (json) return console.log(JSON.stringify(result, null, 2))
    printTable(`${QUERIES} queries x ${DEPTH} documents (${Math.round(result.bytes / 1e6)} MB), five measures, median of ${turns}, load ${result.load.toFixed(1)}`, Object.entries(result.seconds).map(([name, s]) => [name, `${s.toFixed(2)} s`]))
    if (!trecEval()) console.log('trec_eval is not on the PATH and was not measured')
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

interface Files {
  trec: string
  qrels: string
  ours: string[]
  judgements: { queryRows: number[]; docRows: number[]; grades: number[] }
}

async function judgeFile(trec: string, qrelsFile: string) {
  const ids = newFileIds()
  const qrels = await readQrelsFile(qrelsFile, ids)
  const { ranking } = await readRunFile(trec, { ids })
  return evaluateRanking(ranking, qrels, Int32Array.from({ length: qrels.queryCount }, (_, row) => row), { measures: MEASURES })
}

const rows = Int32Array.from({ length: QUERIES }, (_, row) => row)

function judgeOurs({ ours, judgements }: Files) {
  return evaluateRanking(readRanking(ours[0]), buildQrels(QUERIES, judgements), rows, { measures: MEASURES })
}

function compareTwo({ ours, judgements }: Files): void {
  const qrels = buildQrels(QUERIES, judgements)
  const [a, b] = ours.map((file) => ({ name: file, ...perQueryOf(evaluateRanking(readRanking(file), qrels, rows, { measures: MEASURES })) }))
  compareToBaseline(a, [b], { seed: 1, permutations: PERMUTATIONS })
}

async function writeFiles(dir: string): Promise<Files> {
  const draw = uniform(1)
  const judgements: Files['judgements'] = { queryRows: [], docRows: [], grades: [] }
  const rankings = [new RankingBuilder(), new RankingBuilder()]
  for (let q = 0; q < QUERIES; q++) {
    const relevant = Array.from({ length: draw() < 0.07 ? 2 : 1 }, () => Math.floor(draw() * DOCS))
    for (const docRow of new Set(relevant)) {
      judgements.queryRows.push(q)
      judgements.docRows.push(docRow)
      judgements.grades.push(1)
    }
    for (const ranking of rankings) {
      const docs = new Set<number>()
      const hit = Math.floor(20 / draw()) - 19
      while (docs.size < DEPTH) docs.add(docs.size === hit ? relevant[0] : Math.floor(draw() * DOCS))
      ranking.add(q, Int32Array.from(docs), Float32Array.from({ length: DEPTH }, (_, i) => Math.fround(90 - i / 23)))
    }
  }
  const built = rankings.map((ranking) => ranking.build())
  const ours = built.map((ranking, i) => {
    const file = path.join(dir, `ranking-${i}.bin`)
    writeRanking(file, ranking)
    return file
  })
  const ids = { idOf: (row: number) => String(row) }
  const [trec, qrels] = [path.join(dir, 'run.trec'), path.join(dir, 'qrels.tsv')]
  await writeLines(trec, trecLines(built[0], { idOf: (row) => String(1_000_000 + row) }, ids, 'bench'))
  await writeLines(qrels, judgements.queryRows.map((row, i) => `${1_000_000 + row}\t0\t${judgements.docRows[i]}\t1`))
  return { trec, qrels, ours, judgements }
}

function trecEval(): boolean {
  return spawnSync('trec_eval', ['--version']).error === undefined
}
