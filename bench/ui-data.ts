// Fills a database with runs as `./drhard bench ui` needs them: thousands, with many measures at several checkpoints. Called by bench/ui.ts.
import fs from 'node:fs'
import path from 'node:path'
import { TRAIN_DEFAULTS, SMALL_ENCODER } from '@/contract/presets'
import type { RunConfig } from '@/contract/run'
import type { Database } from '@/server/db/client'
import { recordMetrics } from '@/server/db/metrics'

const CHECKPOINTS = [300, 600, 900]

/** Succeeded in-batch runs of the data set, each with three checkpoints judged by `measures` measures (R@1, R@2, ... beside the charted three). Values are drawn by Postgres, the same for the same seed. */
export async function insertRuns(db: Database, datasetId: string, { runs, measures }: { runs: number; measures: number }): Promise<void> {
  const config: RunConfig = { method: 'in-batch', datasetId, seed: 1, depth: 100, device: 'auto', diagnosis: 'none', annIndex: 'none', encoder: SMALL_ENCODER, train: { ...TRAIN_DEFAULTS, steps: 900, batchSize: 128, learningRate: 2e-3 } }
  await db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT setseed(0.5)`
      await tx.$executeRaw`
        INSERT INTO run (id, name, method, config, dataset_id, pipeline_id, state, color_index, created_at, started_at, finished_at)
        SELECT 'bench-' || i, 'bench lr=' || (1 + i % 50) || ' seed=' || (i / 50), 'in-batch',
          jsonb_set(jsonb_set(${JSON.stringify(config)}::jsonb, '{seed}', to_jsonb(i / 50)), '{train,learningRate}', to_jsonb((1 + i % 50) * 0.0001)),
          ${datasetId}, 'bench', 'succeeded', i, now() - make_interval(mins => ${runs}::int - i), now() - make_interval(mins => ${runs}::int - i), now()
        FROM generate_series(1, ${runs}::int) i`
      await tx.$executeRaw`
        INSERT INTO step (id, run_id, ordinal, kind, label, params, inputs, key, depends_on, state)
        SELECT 'bench-step-' || i, 'bench-' || i, 0, 'evaluate', 'Evaluate at 900', '{}', '{}', 'bench-key-' || i, '{}', 'succeeded' FROM generate_series(1, ${runs}::int) i`
      await tx.$executeRaw`
        INSERT INTO evaluation (id, run_id, step_id, checkpoint_step, split, measures, n, ranking_key, artifact_key)
        SELECT 'bench-' || i || '-' || c, 'bench-' || i, 'bench-step-' || i, c, 'dev',
          (SELECT jsonb_object_agg('R@' || k, round(random()::numeric, 6)) FROM generate_series(1, ${measures - 2}::int) k WHERE i + c > 0) || jsonb_build_object('MRR@10', round(random()::numeric, 6), 'NDCG@10', round(random()::numeric, 6), 'R@100', round(random()::numeric, 6)),
          1000, 'bench-ranking', 'bench-evaluation'
        FROM generate_series(1, ${runs}::int) i, unnest(${CHECKPOINTS}::int[]) c`
    },
    { timeout: 300_000 },
  )
  await db.$executeRawUnsafe('ANALYZE run, step, evaluation')
}

/** Training curves of so many points for each of these runs. */
export async function insertCurves(db: Database, runIds: string[], { points }: { points: number }): Promise<void> {
  const PIECE = 20_000
  for (const [r, runId] of runIds.entries()) {
    for (let from = 0; from < points; from += PIECE) {
      const piece = Array.from({ length: Math.min(PIECE, points - from) }, (_, i) => ({ name: 'loss', step: from + i + 1, value: 5 * Math.exp(-(from + i) / points) + Math.sin((from + i) * (0.7 + r)) * 0.2 }))
      await db.$transaction((tx) => recordMetrics(tx, runId, 1, piece), { timeout: 300_000 })
    }
  }
}

/** A collection with so many dev queries, each relevant to one document. */
export function writeQueries(folder: string, { queries, docs }: { queries: number; docs: number }): void {
  fs.mkdirSync(folder, { recursive: true })
  const word = (i: number) => ['amber', 'birch', 'cedar', 'dune', 'ember', 'fjord', 'grove', 'heath', 'inlet', 'jade'][i % 10] + (i % 97)
  const lines = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n') + '\n'
  fs.writeFileSync(path.join(folder, 'collection.tsv'), lines(docs, (i) => `d${i}\t${word(i)} ${word(i * 7 + 1)} ${word(i * 13 + 2)} ${word(i * 29 + 3)} stands at ${word(i * 31)}`))
  fs.writeFileSync(path.join(folder, 'queries.tsv'), lines(queries, (i) => `q${i}\twhere is ${word(i)} ${word(i * 7 + 1)}`))
  fs.writeFileSync(path.join(folder, 'qrels.tsv'), lines(queries, (i) => `q${i}\t0\td${i % docs}\t1`))
  fs.writeFileSync(path.join(folder, 'split.tsv'), lines(queries, (i) => `q${i}\t${i < 20 ? 'train' : 'dev'}`))
}
