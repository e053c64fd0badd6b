// Entry of a step process whose steps are quick and told by their seed what to do. Called by jobs/server.test.ts and jobs/faults.test.ts.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/contract/errors'
import { serveStep } from '@/jobs/step-child'
import type { StepContext, STEPS } from '@/jobs/step'
import { readState, saveState } from '@/server/files/saved-state'
import { SEEDS } from './fake-seeds'

const counts = { docs: 10, queries: { train: 4, dev: 2, test: 0, lead: 0 }, positives: { train: 4, dev: 2, test: 0, lead: 0 } }
const write = (context: { outDir: string }, name: string, text: string) => fs.writeFileSync(path.join(context.outDir, name), text)

async function train(context: StepContext<'train'>): Promise<unknown> {
  const { params, workDir, signal } = context
  const save = (done: number) => saveState(workDir, (dir) => fs.writeFileSync(path.join(dir, 'step'), String(done)))
  let step = readState(workDir, (dir) => Number(fs.readFileSync(path.join(dir, 'step'), 'utf8')), context.log) ?? params.from
  context.log('info', `begins at ${step}`)
  if (params.seed === SEEDS.badInput) throw new AppError('bad-input', 'the learning rate is too high; lower it')
  if (params.seed === SEEDS.fullDisk && !fs.existsSync(path.join(workDir, '../../room'))) throw new Error("ENOSPC: no space left on device, write 'weights'")
  if (params.seed === SEEDS.dies) process.kill(process.pid, 'SIGKILL')
  if (params.seed === SEEDS.spins) while (!signal.aborted); // hears no IPC
  const end = params.seed === SEEDS.slow ? params.from + 200 : params.to
  for (; step < end; step++) {
    if (signal.aborted) {
      save(step)
      throw new AppError('cancelled', 'Cancelled')
    }
    context.metrics([{ name: 'loss', step, value: 1 / (step + 1) }])
    context.progress(step + 1 - params.from, end - params.from, 'steps')
    if (params.seed === SEEDS.slow) {
      save(step)
      await sleep(20)
    }
  }
  write(context, 'weights', 'w')
  return {}
}

serveStep({
  import: async () => ({ run: async (c: { outDir: string }) => (write(c, 'x', ''), counts) }),
  'import-model': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  tokenise: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'bm25-retrieve': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  train: async () => ({ run: train }),
  encode: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'encode-shard': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'encode-queries': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  retrieve: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'retrieve-shard': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  mine: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'teacher-scores': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  diagnose: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  index: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  export: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  take: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  fuse: async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  'try-query': async () => ({ run: async (c: { outDir: string }) => void write(c, 'x', '') }),
  evaluate: async () => ({
    run: async (c: { outDir: string }) => {
      write(c, 'per-query.json', JSON.stringify({ queryRows: [4, 5], values: { 'MRR@10': [1, 0.5], 'R@100': [1, 1], 'NDCG@10': [1, 0.6] } }))
      return { measures: { 'MRR@10': 0.75, 'R@100': 1, 'NDCG@10': 0.8 }, n: 2 }
    },
  }),
} satisfies typeof STEPS)
