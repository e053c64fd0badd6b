// A step whose artifact lies here already is not run again, unless a person asked for just that.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { runStep } from './run-step'
import type { STEPS } from './step'

it('runs once, and again only where it is to be remade', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-run-step-'))
  let runs = 0
  const steps = { mine: async () => ({ run: async ({ outDir }: { outDir: string }) => fs.writeFileSync(path.join(outDir, 'negatives'), String(++runs)) }) } as unknown as typeof STEPS
  const order = { kind: 'mine' as const, key: 'k', params: {}, inputs: {}, artifactsDir: path.join(folder, 'artifacts'), workDir: path.join(folder, 'work'), verifiedDir: path.join(folder, 'verified'), threads: 1, chunkScale: 1 }
  const listener = { progress: () => undefined, metrics: () => undefined, log: () => undefined }
  const run = (remake?: boolean) => runStep({ order: { ...order, remake }, steps, signal: new AbortController().signal, listener, clock: () => 0 })
  const published = () => fs.readFileSync(path.join(folder, 'artifacts', 'k', 'negatives'), 'utf8')
  await run()
  await run()
  expect(published()).toBe('1')
  await run(true)
  expect(published()).toBe('2')
  fs.rmSync(folder, { recursive: true })
})
