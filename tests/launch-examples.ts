// A data set and runs as tests launch them, and artifacts as steps would publish them. Called by tests in server/db, jobs and app/api.
import fs from 'node:fs'
import path from 'node:path'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun, RunConfig } from '@/contract/run'
import type { StartFrom } from '@/contract/start'
import type { PublishedArtifact } from '@/server/db/artifacts'
import { createDataset } from '@/server/db/datasets'
import { claimStep, publishStep } from '@/server/db/steps'
import type { Database } from '@/server/db/client'

const encoder = { vocabSize: 300, layers: 1, hidden: 16, heads: 2, ffn: 16, dim: 8, pooling: 'mean', towers: 'shared', maxQueryTokens: 8, maxDocTokens: 8 } as const
const train = { ...TRAIN_DEFAULTS, steps: 4, batchSize: 2, learningRate: 0.01, warmupShare: 0.1, weightDecay: 0, temperature: 1, checkpoints: 2 }

export const bm25Run = (datasetId: string, name = 'bm25'): NewRun => ({ name, config: { method: 'bm25', datasetId, seed: 1, depth: 10, k1: 0.9, b: 0.4 } })
export const warmupRun = (datasetId: string, name = 'warmup', seed = 1): NewRun => ({ name, config: { method: 'in-batch', datasetId, seed, depth: 10, device: 'auto', encoder, train } satisfies RunConfig })
export const starRun = (datasetId: string, start: StartFrom, name = 'star'): NewRun => ({ name, config: { method: 'star', datasetId, seed: 1, depth: 10, device: 'auto', start, train, mineDepth: 5, negativesPerQuery: 1 } })

export const createExampleDataset = (db: Database, name = 'example') => createDataset(db, { name, source: { kind: 'wordnet' } }, 'v1')

const RESULTS: Record<string, unknown> = {
  import: { docs: 10, queries: { train: 4, dev: 2, test: 0 }, positives: { train: 4, dev: 2, test: 0 } },
  evaluate: { measures: { 'MRR@10': 0.75, 'R@100': 1, 'NDCG@10': 0.8 }, n: 2 },
}

/** The artifact that a step would publish, with the files that the server reads. */
export function exampleArtifact(dataDir: string, step: { kind: string; key: string }): PublishedArtifact {
  const dir = path.join(dataDir, 'artifacts', step.key)
  fs.mkdirSync(dir, { recursive: true })
  if (step.kind === 'evaluate') fs.writeFileSync(path.join(dir, 'per-query.json'), JSON.stringify({ queryRows: [4, 5], values: { 'MRR@10': [1, 0.5], 'R@100': [1, 1], 'NDCG@10': [1, 0.6] } }))
  return { key: step.key, kind: step.kind, files: [{ name: 'data.bin', bytes: 4, sha256: '0'.repeat(64) }], result: RESULTS[step.kind] ?? null }
}

/** Claims and publishes queued steps in order until none is left, as one worker would. Returns their labels. */
export async function workAll(db: Database, dataDir: string, workerId = 'w1'): Promise<string[]> {
  const labels: string[] = []
  for (;;) {
    const queued = await db.step.findFirst({ where: { state: 'queued' }, orderBy: [{ run: { seq: 'asc' } }, { ordinal: 'asc' }] })
    const step = queued && (await claimStep(db, { stepId: queued.id, workerId, leaseMs: 10_000 }))
    // shared out over workers: its parts are queued now
    if (!step && queued && (await db.step.findUniqueOrThrow({ where: { id: queued.id } })).state === 'waiting') continue
    if (!step) return labels
    await publishStep(db, { stepId: step.id, attempt: step.attempt, workerId }, exampleArtifact(dataDir, step))
    labels.push(step.label)
  }
}
