// Training that is killed twenty times at random moments, also while it saves, ends with the weights and moments of an undisturbed run.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { StepContext } from '@/jobs/step'
import { importDataset } from '@/server/dataset/import'
import { tokeniseDataset } from '@/server/dataset/tokenise'
import { uniform } from '@/server/random/random'
import { writeTinyData } from '@/tests/e2e/tiny-data'

const KILLS = 20
const STEPS = 1200
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-kills-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const at = (...names: string[]) => path.join(folder, ...names)

const params: StepContext<'train'>['params'] = {
  method: 'in-batch',
  encoder: { vocabSize: 400, layers: 2, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 24 },
  train: { ...TRAIN_DEFAULTS, steps: STEPS, batchSize: 16, learningRate: 3e-3, hiddenDropout: 0.1, attentionDropout: 0.1, accumulation: 2 },
  seed: 11,
  from: 0,
  to: STEPS,
}

interface Ended {
  killed: boolean
  /** Steps done by the run when it ended, and where it began. */
  steps: number
  begun: number
}

/** Runs the step; kills it `killAfterMs` after its first step. */
function run(name: string, killAfterMs: number | null): Promise<Ended> {
  const context = { params, inputs: { dataset: at('dataset'), tokens: at('tokens') }, outDir: at(name, 'out'), workDir: at(name, 'work') }
  for (const dir of [context.outDir, context.workDir]) fs.mkdirSync(dir, { recursive: true })
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'tests/fixtures/train-until-killed.ts', JSON.stringify(context)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    let timer: NodeJS.Timeout | null = null
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      if (killAfterMs !== null && /^step /m.test(output)) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (timer) clearTimeout(timer)
      if (code !== 0 && signal !== 'SIGKILL') return reject(new Error(`the step ended with ${code ?? signal}:\n${output}`))
      const steps = Array.from(output.matchAll(/^step (\d+)$/gm), (m) => Number(m[1]))
      resolve({ killed: signal === 'SIGKILL', steps: steps.at(-1) ?? 0, begun: Number(/Goes on from step (\d+)/.exec(output)?.[1] ?? 0) })
    })
  })
}

test(`${KILLS} kills at random moments change nothing`, async () => {
  writeTinyData(at('source'))
  for (const dir of ['dataset', 'tokens']) fs.mkdirSync(at(dir))
  await importDataset({ kind: 'tsv', folder: at('source') }, at('dataset'), {})
  await tokeniseDataset(at('dataset'), at('tokens'), { vocabSize: params.encoder.vocabSize }, {})
  expect((await run('whole', null)).steps).toBe(STEPS)

  const seed = Date.now() % 1_000_000
  const draw = uniform(seed)
  const began: number[] = []
  let kills = 0
  while (kills < KILLS) {
    const { killed, begun, steps } = await run('killed', 5 + draw() * 250)
    began.push(begun)
    if (!killed) throw new Error(`the step ended by itself at ${steps} after ${kills} kills (seed ${seed}): make it longer`)
    kills++
  }
  const last = await run('killed', null)
  expect(last).toMatchObject({ killed: false, steps: STEPS })
  // it went on from saved states, further and further
  expect(new Set([...began, last.begun]).size, `seed ${seed}, began at ${began.join(', ')}`).toBeGreaterThan(5)
  for (const file of ['model.safetensors', 'moments']) expect(fs.readFileSync(at('killed', 'out', file)).equals(fs.readFileSync(at('whole', 'out', file))), `${file}, seed ${seed}`).toBe(true)
}, 300_000)
