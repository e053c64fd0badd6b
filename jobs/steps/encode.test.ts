// Parts of a collection that are encoded apart and joined are the whole, to the last bit.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { StepPlan } from '@/contract/step'
import { ENCODE_BLOCK_ROWS, planShards } from '@/contract/shards'
import { NewRun } from '@/contract/run'
import { runPipeline } from '@/jobs/pipeline'
import { runStep, type StepListener } from '@/jobs/run-step'
import { STEPS } from '@/jobs/step'
import { publishArtifact } from '@/server/files/artifact'
import { sha256, sha256File } from '@/server/files/sha256'

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-shards-'))
const artifactsDir = path.join(dataDir, 'artifacts')
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }))

const DOCS = 66_000
const listener: StepListener = { progress: () => undefined, metrics: () => undefined, log: () => undefined }
const signal = new AbortController().signal

it('joins what three workers have encoded', async () => {
  const folder = path.join(dataDir, 'source')
  fs.mkdirSync(folder)
  fs.writeFileSync(path.join(folder, 'collection.tsv'), Array.from({ length: DOCS }, (_, i) => `d${i}\tword ${i % 977} ${i % 31 ? '' : 'and a longer text '}${i % 13}\n`).join(''))
  fs.writeFileSync(path.join(folder, 'queries.tsv'), ['q1', 'q2', 'q3', 'q4', 'q5'].map((q, i) => `${q}\tword ${i + 1}\n`).join(''))
  fs.writeFileSync(path.join(folder, 'qrels.tsv'), ['q1', 'q2', 'q3', 'q4', 'q5'].map((q, i) => `${q}\t0\td${i + 1}\t1\n`).join(''))
  fs.writeFileSync(path.join(folder, 'split.tsv'), 'q1\ttrain\nq2\ttrain\nq3\ttrain\nq4\ttrain\nq5\tdev\n')
  const encoder = { vocabSize: 300, layers: 1, hidden: 16, heads: 2, ffn: 16, dim: 8, pooling: 'mean', maxQueryTokens: 8, maxDocTokens: 12 }
  const train = { steps: 1, batchSize: 2, learningRate: 0.01, warmupShare: 0, weightDecay: 0, temperature: 1, checkpoints: 1 }
  const run = NewRun.parse({ name: 'whole', config: { method: 'in-batch', datasetId: 'x', seed: 1, depth: 10, encoder, train } })
  const [{ steps }] = await runPipeline({ source: { kind: 'tsv', folder }, runs: [run], dataDir, threads: 2, signal, listenerOf: () => listener })
  const whole = steps.find((step): step is Extract<StepPlan, { kind: 'encode' }> => step.kind === 'encode')!

  const order = (step: { kind: StepPlan['kind']; key: string; params: object; inputs: object }) => ({ ...step, params: { ...step.params }, inputs: { ...step.inputs } as Record<string, string>, artifactsDir, workDir: path.join(dataDir, 'work', step.key), verifiedDir: path.join(dataDir, 'verified'), threads: 2, chunkScale: 1 })
  const shards = planShards(whole, { docs: DOCS, queries: 0, workers: 3 }, sha256)
  expect(shards).toHaveLength(2) // a part has at least two blocks
  for (const shard of shards) await runStep({ order: order(shard), steps: STEPS, signal, listener, clock: () => performance.now() })
  const inputs = { ...whole.inputs, ...Object.fromEntries(shards.map((shard, i) => [`shard${i}`, shard.key])) }
  await runStep({ order: order({ kind: 'encode', key: 'joined', params: whole.params, inputs }), steps: STEPS, signal, listener, clock: () => performance.now() })
  const file = (key: string) => path.join(artifactsDir, key, 'docs.embeddings')
  expect(sha256File(file('joined'))).toBe(sha256File(file(whole.key)))

  // a part that is missing is noticed
  await publishArtifact(artifactsDir, { key: 'half', kind: 'encode-shard' }, async (dir) => fs.copyFileSync(file(shards[0].key), path.join(dir, 'docs.embeddings')))
  await expect(runStep({ order: order({ kind: 'encode', key: 'broken', params: whole.params, inputs: { ...whole.inputs, shard0: 'half' } }), steps: STEPS, signal, listener, clock: () => performance.now() })).rejects.toThrow(/The parts have \d+ documents/)
}, 180_000)

it('embeds the queries of a shared search once, in parts that are the whole to the last bit, and searches with them', async () => {
  const folder = path.join(dataDir, 'many-queries')
  fs.mkdirSync(folder)
  const queries = Array.from({ length: ENCODE_BLOCK_ROWS + 100 }, (_, i) => `q${String(i).padStart(5, '0')}`)
  const write = (name: string, lines: string[]) => fs.writeFileSync(path.join(folder, name), lines.map((line) => `${line}\n`).join(''))
  write('collection.tsv', Array.from({ length: 300 }, (_, i) => `d${i}\tword ${i} ${i % 3 ? '' : 'and a longer text'}`))
  write('queries.tsv', queries.map((q, i) => `${q}\tword ${i % 977} ${i % 7 ? '' : 'again'}`))
  write('qrels.tsv', queries.map((q, i) => `${q}\t0\td${i % 300}\t1`))
  write('split.tsv', queries.map((q, i) => `${q}\t${i < 4 ? 'train' : 'dev'}`))
  const encoder = { vocabSize: 300, layers: 1, hidden: 16, heads: 2, ffn: 16, dim: 8, pooling: 'mean', maxQueryTokens: 8, maxDocTokens: 12 }
  const train = { steps: 1, batchSize: 2, learningRate: 0.01, warmupShare: 0, weightDecay: 0, temperature: 1, checkpoints: 1 }
  const run = NewRun.parse({ name: 'many', config: { method: 'in-batch', datasetId: 'x', seed: 1, depth: 10, encoder, train } })
  const [{ steps }] = await runPipeline({ source: { kind: 'tsv', folder }, runs: [run], dataDir, threads: 2, signal, listenerOf: () => listener })
  const whole = steps.find((step): step is Extract<StepPlan, { kind: 'retrieve' }> => step.kind === 'retrieve')!
  const dev = queries.length - 4

  const parts = planShards(whole, { docs: 300, queries: 2 * ENCODE_BLOCK_ROWS, workers: 2, blockRows: 150 }, sha256)
  expect(parts.map(({ kind, label }) => [kind, label])).toEqual([
    ['encode-queries', 'Search at 1, queries, part 1 of 2'],
    ['encode-queries', 'Search at 1, queries, part 2 of 2'],
    ['retrieve-shard', 'Search at 1, part 1 of 2'],
    ['retrieve-shard', 'Search at 1, part 2 of 2'],
  ])
  const runPart = (step: StepPlan, params: object = step.params) =>
    runStep({ order: { kind: step.kind, key: step.key, params: { ...params }, inputs: { ...step.inputs } as Record<string, string>, artifactsDir, workDir: path.join(dataDir, 'work', step.key), verifiedDir: path.join(dataDir, 'verified'), threads: 2, chunkScale: 1 }, steps: STEPS, signal, listener, clock: () => performance.now() })
  for (const part of parts.slice(0, 2)) await runPart(part, { ...part.params, to: Math.min((part.params as { to: number }).to, dev) })
  await runPart({ ...parts[2], key: 'searched' } as StepPlan, { ...parts[2].params, from: 0, to: 300 })
  const ranking = (key: string) => sha256File(path.join(artifactsDir, key, 'ranking.bin'))
  expect(ranking('searched')).toBe(ranking(whole.key))

  // a part that is missing is noticed
  await expect(runPart({ ...parts[2], key: 'lacking', inputs: Object.fromEntries(Object.entries(parts[2].inputs).filter(([role]) => role !== 'queries1')) } as unknown as StepPlan, { ...parts[2].params, from: 0, to: 300 })).rejects.toThrow(/The embeddings are of 16384 queries with 8 dimensions; 16480 with 8 are searched/)
}, 180_000)
