// ./drhard launch, list, logs, cancel and wait as a person or a script calls them, against a real server; then what the dashboard does with
// a run file that is larger than one request may be, and with a run that is to be done again from a step.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunSummary } from '@/contract/run'
import { z } from 'zod'
import { launchBrowser, watchErrors } from './browser'
import { type StudioApi, studioApi } from './studio-api'
import { type StudioServer, startStudio } from './studio-server'
import { writeTinyData } from './tiny-data'

const root = path.resolve(import.meta.dirname, '../..')
const shots = path.join(root, 'test-results', 'screenshots')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-cli-'))
let server: StudioServer
let api: StudioApi

const encoder = { vocabSize: 400, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', maxQueryTokens: 16, maxDocTokens: 24 }
const bm25 = { name: 'words', config: { method: 'bm25', datasetId: 'tiny', seed: 1, depth: 50, k1: 0.9, b: 0.4 } }
const training = (name: string, steps: number) => ({ name, config: { method: 'in-batch', datasetId: 'tiny', seed: 1, depth: 50, encoder, train: { steps, batchSize: 16, learningRate: 5e-4, warmupShare: 0.1, weightDecay: 0, temperature: 4, checkpoints: 1 } } })

beforeAll(async () => {
  writeTinyData(path.join(folder, 'tiny'))
  server = await startStudio()
  api = studioApi(server.url)
  const { id } = await api.importDataset({ name: 'tiny', source: { kind: 'tsv', folder: path.join(folder, 'tiny') } })
  while ((await api.datasetNamed('tiny')).state !== 'ready') await new Promise((resolve) => setTimeout(resolve, 100))
  expect(id).toBeTruthy()
})
afterAll(async () => {
  await server?.stop()
  fs.rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  out: string
  err: string
}

function begin(...args: string[]): { child: ChildProcess; ended: Promise<Ended>; out: () => string } {
  const child = spawn('./drhard', args, { cwd: root, env: { ...process.env, DRHARD_URL: server.url }, stdio: ['pipe', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))), out: () => out }
}
const drhard = (...args: string[]) => begin(...args).ended
const fileOf = (content: unknown): string => {
  const file = path.join(folder, `runs-${Math.random().toString(36).slice(2)}.json`)
  fs.writeFileSync(file, JSON.stringify(content))
  return file
}
const idOf = (out: string) => out.split('\t')[0]

describe('the command line', () => {
  it('launches runs by the name of their data set and waits until they have ended', async () => {
    const { code, out, err } = await drhard('launch', fileOf({ runs: [bm25, training('trained', 20)] }), '--wait')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^\w+\twords\n\w+\ttrained\n/)
    expect(out).toMatch(/^words: succeeded {2}MRR@10 0\.\d{4} {2}/m)
    expect(out).toMatch(/^trained: succeeded/m)
  })

  it('takes a run from standard input, and does not repeat a launch that comes with the same key', async () => {
    const launch = async () => {
      const { child, ended } = begin('launch', '-', '--key', 'night-1', '--priority=2')
      child.stdin!.end(JSON.stringify({ ...bm25, name: 'keyed' }))
      return ended
    }
    const [first, second] = [await launch(), await launch()]
    expect([first.code, second.out]).toEqual([0, first.out])
    expect((await drhard('wait', idOf(first.out))).code).toBe(0)
  })

  it('lists runs for people and for programs', async () => {
    const table = (await drhard('list')).out
    expect(table.split('\n')[0]).toMatch(/^id +name +method +state +steps +MRR@10 +R@100 +NDCG@10$/)
    expect(table).toMatch(/ words +bm25 +succeeded +3\/3 +0\.\d{3}/)
    const runs = z.array(RunSummary).parse(JSON.parse((await drhard('list', '--json')).out))
    expect(runs.map((run) => run.name).sort()).toEqual(['keyed', 'trained', 'words'])
  })

  it('shows a log, and follows one until its run is cancelled', async () => {
    const log = (await drhard('logs', 'trained')).out
    expect(log).toMatch(/^\d\d:\d\d:\d\d info {2}Train to 20: Computes on the CPU/m)
    expect((await drhard('logs', 'trained', '--search', 'computes on')).out.trim().split('\n').every((line) => line.includes('Computes on'))).toBe(true)
    expect((await drhard('logs', 'trained', '--level', 'error')).out).toBe('')

    const id = idOf((await drhard('launch', fileOf(training('endless', 100_000)))).out)
    const following = begin('logs', id, '--follow')
    while (!following.out().includes('Train to 100000: Training will take')) await new Promise((resolve) => setTimeout(resolve, 50))
    const waiting = begin('wait', 'endless', 'words')
    const cancelled = await drhard('cancel', 'endless')
    expect(cancelled).toMatchObject({ code: 0, out: `endless (${id}) is being cancelled\n` })
    expect((await following.ended).code).toBe(0)
    const waited = await waiting.ended
    expect([waited.code, waited.err]).toEqual([1, 'drhard: 1 of 2 runs did not succeed\n'])
    expect(waited.out).toMatch(/^endless: cancelled: Cancelled by the user$/m)
  })

  it('says what is wrong and how to go on', async () => {
    expect(await drhard('launch', fileOf({ ...bm25, config: { ...bm25.config, datasetId: 'huge' } }))).toMatchObject({ code: 2, err: 'drhard: Run words: there is no data set huge; there are tiny\n' })
    expect(await drhard('launch', fileOf({ name: 'x' }))).toMatchObject({ code: 2, err: expect.stringContaining('expected {"name": ..., "config": {...}}') })
    expect(await drhard('launch', fileOf({ ...bm25, config: { ...bm25.config, depth: 1 } }))).toMatchObject({ code: 2, err: expect.stringMatching(/depth: At least 10/) })
    expect(await drhard('cancel', 'nobody')).toMatchObject({ code: 1, err: 'drhard: There is no run nobody; ./drhard list shows all\n' })
    expect(await drhard('cancel', 'words')).toMatchObject({ code: 1, err: expect.stringMatching(/finished already/) })
    expect(await drhard('logs', 'words', '--level', 'loud')).toMatchObject({ code: 2, err: expect.stringMatching(/--level loud: give info, warn or error/) })
    expect((await drhard('wait')).code).toBe(2)
  })
})

describe('the dashboard', () => {
  let browser: Browser
  let page: Page
  let errors: string[]
  beforeAll(async () => {
    browser = await launchBrowser()
    page = await (await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(30_000)
    errors = watchErrors(page)
    fs.mkdirSync(shots, { recursive: true })
  })
  afterAll(() => browser?.close())

  it('judges a run file larger than one request may be, sent in pieces', async () => {
    const words = await api.runNamed('words')
    const trec = await (await fetch(`${server.url}/api/runs/${words.id}/ranking?format=trec`)).text()
    // the same ranking with a long tag: 12 MB
    const long = trec.replaceAll(/\S+$/gm, 'x'.repeat(Math.ceil(12e6 / trec.split('\n').length)))
    const file = path.join(folder, 'their large run.trec')
    fs.writeFileSync(file, long)
    expect(fs.statSync(file).size).toBeGreaterThan(11 * 2 ** 20)
    await page.goto('/runs/upload')
    await page.setInputFiles('input[type=file]', file)
    await page.getByLabel('Name').fill('theirs')
    await page.getByRole('button', { name: 'Upload and judge' }).click()
    await page.waitForURL(/\/runs\/(?!upload)\w+$/)
    const theirs = await api.waitForRun((await api.runNamed('theirs')).id, ['succeeded'])
    expect(theirs.evaluations[0].measures).toEqual(words.evaluations[0].measures)
    expect(fs.readdirSync(path.join(server.dataDir, 'imports', 'uploads'))).toEqual([])
  })

  it('does a step again, with what was made of it', async () => {
    const before = await api.run((await api.runNamed('trained')).id)
    await page.goto(`/runs/${before.id}`)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('button', { name: 'Run again from a step' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('From').selectOption('Encode documents at 20')
    await page.screenshot({ path: path.join(shots, 'retry-from.png') })
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const after = await api.waitForRun(before.id, ['succeeded'])
    const attempts = (run: typeof before) => Object.fromEntries(run.steps.map((step) => [step.label, step.attempt]))
    const [was, is] = [attempts(before), attempts(after)]
    for (const label of ['Encode documents at 20', 'Search at 20', 'Evaluate at 20']) expect(is[label], label).toBe(was[label] + 1)
    expect(is['Train to 20']).toBe(was['Train to 20'])
    expect(after.evaluations.map(({ measures }) => measures)).toEqual(before.evaluations.map(({ measures }) => measures))
    expect(errors).toEqual([])
  })
})
