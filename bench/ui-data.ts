// Fills a database with runs as `./drhard bench ui` needs them: thousands, with many measures at several checkpoints. Called by bench/ui.ts.
import { TRAIN_DEFAULTS, SMALL_ENCODER } from '@/contract/presets'
import type { RunConfig } from '@/contract/run'
import type { Database } from '@/server/db/client'

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
