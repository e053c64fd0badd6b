// Parts of a collection that are encoded apart and joined are the whole, to the last bit.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { StepPlan } from '@/contract/pipeline'
import { planShards } from '@/contract/shards'
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
  const shards = planShards(whole, { docs: DOCS, workers: 3 }, sha256)
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
