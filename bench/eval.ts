// `bench eval`: reading and judging a run of 6,980 queries x 1,000 documents, and comparing two, ours, trec_eval and pytrec_eval in turn. Called by run.ts.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
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
import { sideOf, type Side } from './side'
import { median, printTable, since } from './timing'

// MS MARCO's dev set: 6,980 queries, 1.07 judged documents each, ids below 8,841,823
const [QUERIES, DEPTH, DOCS] = [6980, 1000, 8_841_823]
const MEASURES = parseMeasures('MRR@10,R@100,NDCG@10,AP,P@10')
const PERMUTATIONS = 100_000
const PYTHON = process.env.DRHARD_BENCH_PYTHON ?? '/usr/bin/python3'

/** Seconds by the clock and of CPU time; clock is absent where only work of a longer process counts. */
interface Times {
  clock?: number
  cpu: number
}

export async function benchEval({ turns, json }: { turns: number; json: boolean }): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-eval-'))
  let pytrec: Side<z.output<typeof PytrecTurn>> | null = null
  try {
    const files = await writeFiles(dir)
    pytrec = startPytrec(files)
    const times = new Map<string, Times[]>()
    const keep = (name: string, time: Times) => times.set(name, [...(times.get(name) ?? []), time])
    // the first turn warms up
    for (let turn = -1; turn < turns; turn++) {
      const kept = turn < 0 ? () => undefined : keep
      kept('judge from the TREC file', await timed(() => judgeFile(files.trec, files.qrels)))
      const theirs = runTrecEval(files)
      if (theirs) kept('  trec_eval', theirs)
      kept('judge from our file', await timed(() => judgeOurs(files)))
      if (pytrec) {
        const { read, judge } = await pytrec.turn()
        kept('  pytrec_eval, run and judgements in memory', { cpu: judge })
        kept('  pytrec_eval, reading both files into memory', { cpu: read })
      }
      kept(`compare two runs, ${PERMUTATIONS.toLocaleString('en-US')} permutations`, await timed(() => compareTwo(files)))
    }
    const seconds = Object.fromEntries(Array.from(times, ([name, all]) => [name.trim(), { clock: all[0].clock === undefined ? null : median(all.map(({ clock }) => clock!)), cpu: median(all.map(({ cpu }) => cpu)) }]))
    const result = { queries: QUERIES, depth: DEPTH, measures: MEASURES.map(measureId), bytes: fs.statSync(files.trec).size, load: os.loadavg()[0], seconds }
    if (json) return console.log(JSON.stringify(result, null, 2))
    printTable(
      `${QUERIES} queries x ${DEPTH} documents (${Math.round(result.bytes / 1e6)} MB), five measures, median of ${turns}, load ${result.load.toFixed(1)}`,
      Array.from(times.keys(), (name) => [name, seconds[name.trim()].clock === null ? '' : `${seconds[name.trim()].clock!.toFixed(2)} s`, `CPU ${seconds[name.trim()].cpu.toFixed(2)} s`]),
    )
    if (!times.has('  trec_eval')) console.log('trec_eval is not on the PATH and was not measured')
    if (!pytrec) console.log(`pytrec_eval not measured: ${PYTHON} has none; pip install pytrec-eval-terrier in a virtual environment, and set DRHARD_BENCH_PYTHON to its python`)
  } finally {
    pytrec?.stop()
    fs.rmSync(dir, { recursive: true })
  }
}

async function timed(work: () => unknown): Promise<Times> {
  const [started, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { clock: since(started), cpu: (user + system) / 1e6 }
}

/** Null where trec_eval is not on the PATH. */
function runTrecEval({ qrels, trec }: Files): Times | null {
  const started = performance.now()
  const command = 'TIMEFORMAT="%U %S"; time trec_eval -m recip_rank -m recall.100 -m ndcg_cut.10 -m map -m P.10 "$0" "$1" >/dev/null'
  const { status, stderr } = spawnSync('bash', ['-c', command, qrels, trec], { encoding: 'utf8' })
  if (status === 127) return null
  if (status !== 0) throw new Error(`trec_eval ended with ${status}: ${stderr}`)
  return { clock: since(started), cpu: stderr.trim().split(' ').reduce((sum, each) => sum + Number(each), 0) }
}

const PytrecTurn = z.object({ read: z.number(), judge: z.number(), queries: z.literal(QUERIES) })

/** Null where the Python has no pytrec_eval. */
function startPytrec({ qrels, trec }: Files): Side<z.output<typeof PytrecTurn>> | null {
  if (spawnSync(PYTHON, ['-c', 'import pytrec_eval']).status !== 0) return null
  const child = spawn(PYTHON, [path.join(import.meta.dirname, 'eval-pytrec.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  return sideOf('pytrec_eval', child, { work: { qrels, trec }, answer: PytrecTurn })
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
