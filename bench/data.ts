// `drhard bench data`: imports and tokenises a synthetic collection, with the time, the rate and the peak memory of each step, and opens
// documents at random. Hugging Face's Rust tokenizers stand beside where DRHARD_BENCH_PYTHON has them.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { uniform } from '@/server/random/random'

const Step = z.object({ seconds: z.number(), peakMb: z.number(), tokens: z.number().optional(), medianMs: z.number().optional(), p99Ms: z.number().optional(), worstMs: z.number().optional(), calmWorstMs: z.number().optional(), interrupted: z.number().optional() })
const WORDS = 60_000
const QUERIES = 20_000

export async function benchData({ docs, threads, json }: { docs: number; threads: number; json: boolean }): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-data-'))
  try {
    const bytes = await writeCollection(path.join(dir, 'source'), docs)
    const load = os.loadavg()[0]
    const run = (...args: string[]) => Step.parse(JSON.parse(runNode(path.join(import.meta.dirname, 'data-step.ts'), args)))
    const imported = run('import', path.join(dir, 'source'), path.join(dir, 'dataset'), String(threads))
    const learnt = run('learn', path.join(dir, 'dataset'), path.join(dir, 'vocabulary'), '1')
    const tokenised = run('tokenise', path.join(dir, 'dataset'), path.join(dir, 'tokens'), String(threads), path.join(dir, 'vocabulary'))
    const opened = run('open', path.join(dir, 'dataset'), '', '1')
    const openedCold = run('open-cold', path.join(dir, 'dataset'), '', '1')
    const openedAhead = run('open-ahead', path.join(dir, 'dataset'), '', '1')
    const rust = rustTokenizers(path.join(dir, 'source', 'collection.tsv'), path.join(dir, 'vocabulary'))
    const result = { docs, bytes, threads, load, imported, learnt, tokenised, opened, openedCold, openedAhead, rust }
    if (json) return console.log(JSON.stringify(result))
    const rate = (tokens: number, seconds: number) => `${(tokens / seconds / 1e6).toFixed(2)} M tokens/s`
    console.log(`${docs.toLocaleString('en-GB')} passages, ${(bytes / 1e6).toFixed(0)} MB, ${threads} threads, load ${load.toFixed(1)}`)
    console.log(`import            ${imported.seconds.toFixed(1)} s, peak ${imported.peakMb.toFixed(0)} MB`)
    console.log(`learn 30k tokens  ${learnt.seconds.toFixed(1)} s from 100,000 passages, peak ${learnt.peakMb.toFixed(0)} MB`)
    console.log(`tokenise          ${tokenised.seconds.toFixed(1)} s, ${rate(tokenised.tokens!, tokenised.seconds)}, peak ${tokenised.peakMb.toFixed(0)} MB`)
    console.log(`open a document   median ${opened.medianMs!.toFixed(3)} ms, 99 % ${opened.p99Ms!.toFixed(3)} ms; slowest of 2,000 ${opened.worstMs!.toFixed(2)} ms, ${opened.calmWorstMs!.toFixed(2)} ms where the process was not interrupted (${opened.interrupted!} were)`)
    for (const [name, { medianMs, p99Ms, worstMs }] of Object.entries({ 'nothing cached': openedCold, 'offsets read ahead': openedAhead })) console.log(`  ${name.padEnd(18)} median ${medianMs!.toFixed(3)} ms, 99 % ${p99Ms!.toFixed(3)} ms, slowest of 400 ${worstMs!.toFixed(2)} ms`)
    console.log(rust === null ? 'Rust tokenizers   not installed (DRHARD_BENCH_PYTHON: a Python with the package tokenizers)' : `Rust tokenizers   ${rate(rust.tokens, rust.seconds)} with encode_batch on ${rust.texts} of the passages`)
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

function runNode(script: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${path.basename(script)} ${args[0]} failed: ${stderr}`)
  return stdout
}

/** Passages of 20 to 90 words that fall off as Zipf says, as MS MARCO's are 56 words long on average. Returns the bytes of the collection. */
async function writeCollection(folder: string, docs: number): Promise<number> {
  fs.mkdirSync(folder)
  const random = uniform(11)
  const letters = 'etaoinshrdlucmfwypvbgkqjxz'
  const words = Array.from({ length: WORDS }, () => Array.from({ length: 2 + Math.floor(8 * random()) }, () => letters[Math.floor(26 * random() * random())]).join(''))
  const word = () => words[Math.floor(WORDS ** random()) - 1]
  const text = (count: number) => `${Array.from({ length: count }, word).join(' ')}.`
  const out = fs.openSync(path.join(folder, 'collection.tsv'), 'w')
  for (let from = 0; from < docs; from += 5000) {
    fs.writeFileSync(out, Array.from({ length: Math.min(5000, docs - from) }, (_, i) => `${from + i}\t${text(20 + Math.floor(70 * random()))}\n`).join(''))
  }
  fs.closeSync(out)
  fs.writeFileSync(path.join(folder, 'queries.tsv'), Array.from({ length: QUERIES }, (_, i) => `q${i}\t${text(6)}\n`).join(''))
  fs.writeFileSync(path.join(folder, 'qrels.tsv'), Array.from({ length: QUERIES }, (_, i) => `q${i} 0 ${Math.floor(docs * random())} 1\n`).join(''))
  return fs.statSync(path.join(folder, 'collection.tsv')).size
}

const Rust = z.object({ tokens: z.number(), seconds: z.number(), texts: z.number() })

function rustTokenizers(collection: string, vocabulary: string): z.infer<typeof Rust> | null {
  const python = process.env.DRHARD_BENCH_PYTHON ?? '/usr/bin/python3'
  const { status, stdout } = spawnSync(python, [path.join(import.meta.dirname, 'data-tokenizers.py'), collection, vocabulary], { encoding: 'utf8', env: { ...process.env, TOKENIZERS_PARALLELISM: 'true' } })
  return status === 0 ? Rust.parse(JSON.parse(stdout)) : null
}
