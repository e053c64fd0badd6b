// The dashboard's main paths in real Chromium against a real server: import, launch, watch, compare, inspect, download, fail, cancel, lose the connection.
// The tests go on from one another, in order, as a person would in the first half hour.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
import { judgeFiles } from '@/jobs/eval-files'
import { openScene, type Scene } from './scene'
import type { StudioApi } from './studio-api'
import { writeTinyData } from './tiny-data'

const root = path.resolve(import.meta.dirname, '../..')
const shots = path.join(root, 'test-results', 'screenshots')
let scene: Scene
let page: Page
let api: StudioApi
let photograph: Scene['photograph']

beforeAll(async () => {
  fs.rmSync(shots, { recursive: true, force: true })
  scene = await openScene()
  ;({ page, api, photograph } = scene)
  writeTinyData(path.join(scene.data, 'damaged'))
  fs.appendFileSync(path.join(scene.data, 'damaged', 'collection.tsv'), 'doc-999\tA document that the other data set does not have.\n')
})

// A test that fails while the connection is cut must not take the others with it.
afterEach(() => scene?.context.setOffline(false))

afterAll(() => scene?.close())

const field = (scope: Page | Locator, label: string) => scope.getByLabel(label, { exact: true })
const dots = (scope: Page | Locator, chart: string) => scope.locator(`figure[data-chart="${chart}"] [data-dot]`)

/** The recipe's settings cut down to seconds. */
const SMALL: Record<string, Record<string, string>> = {
  warmup: { 'Optimizer steps': '240', 'Batch size': '16', 'Learning rate': '0.0005', Temperature: '4', Checkpoints: '3', Layers: '1', 'Hidden size': '64', 'Attention heads': '2', 'Feed-forward size': '128', 'Embedding size': '64', Vocabulary: '400' },
  star: { 'Optimizer steps': '40', 'Batch size': '16', 'Learning rate': '0.0003', Temperature: '4', Checkpoints: '2', 'Mining depth': '20' },
  adore: { 'Optimizer steps': '30', 'Batch size': '16', 'Learning rate': '0.0002', Temperature: '4', Checkpoints: '2', 'Retrieved per step': '20', 'Metric cut': '20' },
}

describe.sequential('the dashboard', () => {
  it('teaches how to start when nothing is there', async () => {
    await page.goto('/')
    await page.waitForURL('**/runs')
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
    await page.getByRole('link', { name: 'New run' }).first().click()
    await page.getByText('There is no data set to run on yet').waitFor()
    await photograph('runs-empty', '/runs', (p) => p.getByRole('heading', { name: 'No runs yet' }))
    await photograph('datasets-empty', '/datasets', (p) => p.getByRole('heading', { name: 'Import a data set' }))
  })

  it('imports a data set and says at the field what is wrong', async () => {
    await page.goto('/datasets')
    await field(page, 'Name').fill('not a name')
    await field(page, 'Name').blur()
    await page.getByText('Letters, digits, dot, dash and underscore only').waitFor()
    await field(page, 'Name').fill('tiny')
    await field(page, 'Folder on the server').fill('/nowhere')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    // The server's own answer, at the field.
    const folder = field(page, 'Folder on the server')
    await page.locator('[aria-invalid="true"]').waitFor()
    expect(await folder.getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator(`[id="${(await folder.getAttribute('aria-describedby'))!.split(' ')[0]}"]`).textContent()).toContain('/nowhere')
    await folder.fill(path.join(scene.data, 'tiny'))
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    const card = page.locator('[data-dataset="tiny"]')
    await card.getByText('Ready').waitFor()
    await card.getByText('50', { exact: true }).waitFor()
    await card.getByRole('button', { name: 'Sample of its queries' }).click()
    await card.getByText(/In the \w+ an? \w+/).first().waitFor()
  })

  it('refuses a wrong value at its field, in the browser and from the server', async () => {
    await page.goto('/runs/new')
    await page.getByRole('radio', { name: /^STAR/ }).check({ force: true })
    await page.getByText('Choose the run to start from to see the steps').waitFor()
    await page.getByRole('button', { name: 'Launch the run' }).click()
    await page.getByText('Choose the run to start from', { exact: true }).waitFor()
    expect(await field(page, 'Start from').getAttribute('aria-invalid')).toBe('true')
    await page.getByRole('radio', { name: /In-batch/ }).check({ force: true })
    await field(page, 'Batch size').fill('1')
    await field(page, 'Batch size').blur()
    await page.getByText('At least 2').waitFor()
    await field(page, 'Attention heads').fill('5')
    await page.getByRole('button', { name: 'Launch the run' }).click()
    await page.getByText('hidden must be a multiple of heads').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true')
    expect(await api.runs()).toEqual([])
    await page.screenshot({ path: path.join(shots, 'new-invalid-1440-light.png'), fullPage: true })
  })

  it('launches the whole pipeline from the form', async () => {
    await page.goto('/runs/new')
    await page.getByText('steps of new work').waitFor()
    await photograph('new', '/runs/new', (p) => p.getByText('steps of new work'))
    for (const [name, values] of Object.entries(SMALL)) {
      const draft = page.getByRole('region', { name: `Settings of ${name}` })
      await draft.getByRole('button', { expanded: false }).first().click()
      for (const [label, value] of Object.entries(values)) await field(draft, label).fill(value)
      await draft.getByText(/\d+ changed/).waitFor()
    }
    await page.getByRole('button', { name: 'Launch 4 runs' }).click()
    await page.waitForURL('**/runs')
    for (const name of ['bm25', 'warmup', 'star', 'adore']) await page.locator(`tr[data-run="${name}"]`).waitFor()
  })

  it('shows the curves rise without a reload until the run has ended', async () => {
    const warmup = await api.runNamed('warmup')
    await page.goto(`/runs/${warmup.id}`)
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    await dots(page, 'MRR@10').nth(0).waitFor({ timeout: 90_000 })
    const early = await dots(page, 'MRR@10').count()
    await dots(page, 'MRR@10').nth(2).waitFor({ timeout: 90_000 })
    expect(early).toBeLessThan(3)
    await page.locator('h1').getByText('Succeeded').waitFor({ timeout: 60_000 })
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    // The training curve, the headline and the table view say what the server holds.
    const run = await api.run(warmup.id)
    const best = Math.max(...run.evaluations.map((evaluation) => evaluation.measures['MRR@10']!))
    expect(await page.locator('[data-measure="MRR@10"]').textContent()).toBe(best.toFixed(3))
    await page.getByRole('button', { name: 'Training loss as a table' }).click()
    const table = page.getByRole('region', { name: 'Training loss, table' })
    await expect.poll(() => table.locator('tbody tr').count()).toBe((await api.metrics(warmup.id)).loss.length)
    await page.getByRole('button', { name: 'Training loss as a chart' }).click()
    await photograph('runs-live', '/runs', (p) => p.getByText('warmup').locator('visible=true'))
  })

  it('keeps a picture of the finished run', async () => {
    for (const name of ['bm25', 'star', 'adore']) await api.waitForRun((await api.runNamed(name)).id, ['succeeded'])
    const { id } = await api.runNamed('warmup')
    await photograph('run', `/runs/${id}`, (p) => dots(p, 'MRR@10'))
    await photograph('run-bm25', `/runs/${(await api.runNamed('bm25')).id}`, (p) => p.locator('[data-measure="MRR@10"]'))
    await photograph('runs', '/runs', (p) => p.getByText('warmup').locator('visible=true'))
    await photograph('datasets', '/datasets', (p) => p.locator('[data-dataset="tiny"]'))
    await photograph('workers', '/workers', (p) => p.getByText('Cores'))
  })

  it('downloads run files with official ids that score what the page says', async () => {
    const run = await api.run((await api.runNamed('bm25')).id)
    await page.goto(`/runs/${run.id}`)
    const qrels = devQrels(path.join(scene.data, 'tiny'))
    for (const button of ['TREC run', 'MS MARCO TSV']) {
      await page.getByRole('button', { name: 'Ranking', exact: true }).click()
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: button }).click()])
      const file = path.join(scene.data, download.suggestedFilename())
      await download.saveAs(file)
      await page.keyboard.press('Escape')
      const { runs } = await judgeFiles({ qrels, runs: [file] })
      for (const { id, mean, n } of runs[0].evaluation.results) {
        expect(n).toBe(run.evaluations[0].n)
        expect(mean).toBeCloseTo(run.evaluations[0].measures[id], 9)
        expect(await page.locator(`[data-measure="${id}"]`).textContent()).toBe(mean.toFixed(3))
      }
    }
  })

  it('compares runs: differences, tests, overlaid curves, and a link that shows the same', async () => {
    await page.goto('/runs')
    for (const name of ['bm25', 'warmup', 'star', 'adore']) await page.locator(`tr[data-run="${name}"]`).getByRole('checkbox').check()
    await page.getByRole('link', { name: 'Compare' }).last().click()
    await page.waitForURL('**/compare?runs=*')
    await page.getByRole('heading', { name: 'Differences in settings' }).waitFor()
    await page.getByRole('rowheader', { name: 'Learning rate' }).waitFor()
    await page.getByText(/^p (=|<)/).locator('visible=true').first().waitFor()
    // The first of the list is the baseline; another can be made it.
    await page.getByRole('button', { name: 'Make warmup the baseline' }).click()
    const baseline = page.locator('tr[data-compared="warmup"]')
    await baseline.getByText('baseline').waitFor()
    const lines = page.locator('figure[data-chart="MRR@10"] [data-curve]')
    await expect.poll(() => lines.count()).toBe(4)
    await page.getByRole('group', { name: 'Runs in the charts' }).getByRole('button', { name: 'star' }).click()
    await expect.poll(() => lines.count()).toBe(3)
    const address = new URL(page.url())
    await page.reload()
    await baseline.getByText('baseline').waitFor()
    await expect.poll(() => lines.count()).toBe(4)
    await photograph('compare', address.pathname + address.search, (p) => p.getByText(/^p (=|<)/).locator('visible=true'))
  })

  it('opens a query: ranking, judgement, official ids, neighbours by key, another checkpoint', async () => {
    const { id } = await api.runNamed('warmup')
    await page.goto(`/runs/${id}`)
    await page.getByRole('link', { name: 'Queries', exact: true }).click()
    await page.getByRole('columnheader', { name: 'MRR@10' }).getByRole('button').click()
    await page.waitForURL(/sort=MRR/)
    await page.getByRole('searchbox', { name: 'Search the queries' }).fill('river')
    await expect.poll(async () => (await page.locator('tbody tr a').allTextContents()).every((text) => text.includes('river'))).toBe(true)
    await photograph('queries', `/runs/${id}/queries`, (p) => p.locator('tbody tr a'))
    await page.locator('tbody tr a').first().click()
    const ranking = page.locator('[data-ranking]')
    await ranking.locator('li').nth(49).waitFor()
    const relevant = page.locator('li[data-relevant="true"]')
    expect(await relevant.count()).toBe(1)
    expect(await relevant.textContent()).toMatch(/relevant.*doc-\d{3}.*score/)
    expect(await relevant.locator('mark').allTextContents()).toContain('river')
    const title = await page.locator('h1').textContent()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.locator('h1').textContent()).not.toBe(title)
    await page.keyboard.press('k')
    await expect.poll(() => page.locator('h1').textContent()).toBe(title)
    const [first] = (await api.run(id)).evaluations
    await page.getByLabel('Checkpoint').selectOption(String(first.checkpointStep))
    await page.waitForURL(new RegExp(`checkpoint=${first.checkpointStep}`))
    const address = new URL(page.url())
    await photograph('query', address.pathname + address.search, (p) => p.locator('[data-ranking] li'))
  })

  it('clones a run with its settings', async () => {
    const { id } = await api.runNamed('star')
    await page.goto(`/runs/${id}`)
    await page.getByRole('link', { name: 'Clone' }).click()
    await page.getByRole('heading', { name: 'Clone of star' }).waitFor()
    expect(await field(page, 'Name').inputValue()).toBe('star-2')
    expect(await field(page, 'Mining depth').inputValue()).toBe('20')
    await page.getByText('from warmup').first().waitFor()
    await field(page, 'Mining depth').fill('30')
    await page.getByRole('button', { name: '20 in star' }).click()
    expect(await field(page, 'Mining depth').inputValue()).toBe('20')
  })

  it('cancels a run after asking, and retries it', async () => {
    const [run] = await api.launch([longRun('long', (await api.datasetNamed('tiny')).id)])
    await page.goto(`/runs/${run.id}`)
    await page.locator('h1').getByText('Running').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('alertdialog').waitFor()
    await page.keyboard.press('Escape')
    expect((await api.run(run.id)).state).toBe('running')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await page.locator('h1').getByText('Cancelled').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.locator('h1').getByText('Running').waitFor({ timeout: 60_000 })
  })

  it('says that the connection is lost, catches up without a gap, and survives a restart of the web server', async () => {
    const { id } = await api.runNamed('long')
    await page.goto(`/runs/${id}`)
    const steps = () => page.locator('figure[data-chart="Training loss"]')
    await steps().waitFor({ timeout: 60_000 })
    await photograph('run-live', `/runs/${id}`, (p) => p.locator('figure[data-chart="Training loss"]'))
    await scene.context.setOffline(true)
    await page.getByText('Connection lost').waitFor()
    await page.getByText('Not connected').locator('visible=true').waitFor()
    // No time left is promised while nobody knows.
    expect(await page.getByText(/ left$/).count()).toBe(0)
    await page.screenshot({ path: path.join(shots, 'run-lost-1440-light.png') })
    await page.waitForTimeout(4000)
    await scene.context.setOffline(false)
    await page.getByText('Connection lost').waitFor({ state: 'detached' })

    await scene.server.killWeb()
    await page.getByText('Connection lost').waitFor()
    await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 60_000 })

    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await page.locator('h1').getByText('Cancelled').waitFor({ timeout: 60_000 })
    // Every point once, in order, from the first to the last that the server holds (which thins a long curve to the extremes of its buckets).
    const held = (await api.metrics(id)).loss
    await page.getByRole('button', { name: 'Training loss as a table' }).click()
    const rows = page.getByRole('region', { name: 'Training loss, table' }).locator('tbody tr')
    const shown = await rows.first().locator('td').first().textContent()
    expect(Number(shown!.replaceAll(',', ''))).toBe(held[0].step)
    await expect.poll(async () => Number((await rows.last().locator('td').first().textContent())!.replaceAll(',', ''))).toBe(held.at(-1)!.step)
    const drawn = (await rows.locator('td:first-child').allTextContents()).map((text) => Number(text.replaceAll(',', '')))
    expect(drawn.length).toBeGreaterThan(20)
    expect(drawn.every((step, i) => i === 0 || step > drawn[i - 1])).toBe(true)
  })

  it('puts why a run failed before everything else', async () => {
    const dataset = await api.importDataset({ name: 'damaged', source: { kind: 'tsv', folder: path.join(scene.data, 'damaged') } })
    const [probe] = await api.launch([{ name: 'probe', config: { method: 'bm25', datasetId: dataset.id, seed: 1, depth: 100, k1: 0.9, b: 0.4 } }])
    const { steps } = await api.waitForRun(probe.id, ['succeeded'])
    const artifact = path.join(scene.server.dataDir, 'artifacts', steps.find((step) => step.kind === 'import')!.artifactKey)
    fs.rmSync(path.join(artifact, 'docs.text'))
    // The import is made again, and finds that its source is gone.
    fs.rmSync(path.join(scene.data, 'damaged', 'collection.tsv'))
    const [run] = await api.launch([longRun('broken', dataset.id)])
    await page.goto(`/runs/${run.id}`)
    await page.locator('h1').getByText('Failed').waitFor({ timeout: 120_000 })
    const notice = page.getByRole('main').getByRole('alert')
    expect(await notice.textContent()).toContain('“Import” failed')
    expect(await notice.textContent()).toContain('collection.tsv')
    await photograph('run-failed', `/runs/${run.id}`, (p) => p.getByText('“Import” failed'))
    // A failed run can be deleted, after asking.
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('button', { name: 'Delete this run' }).click()
    await page.getByRole('button', { name: 'Delete the run' }).click()
    await page.waitForURL('**/runs')
    await expect.poll(async () => (await api.runs()).some(({ id }) => id === run.id)).toBe(false)
  })

  it('keeps the chosen theme, without a flash', async () => {
    await page.goto('/runs')
    await page.getByRole('button', { name: /Theme/ }).click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await page.waitForFunction(() => document.documentElement.classList.contains('dark'))
    await page.addInitScript(() => {
      addEventListener('DOMContentLoaded', () => Object.assign(window, { themeAtFirst: document.documentElement.classList.contains('dark') }))
    })
    await page.reload()
    expect(await page.evaluate(() => (window as unknown as { themeAtFirst: boolean }).themeAtFirst)).toBe(true)
    await page.getByRole('button', { name: /Theme/ }).click()
    await page.getByRole('menuitemradio', { name: 'As the system' }).click()
  })

  it('launches with the keyboard alone', async () => {
    await page.goto('/runs')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, (el) => el.textContent?.trim() === 'New run')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/runs/new')
    await page.getByText('steps of new work').waitFor()
    await tabTo(page, (el) => el.getAttribute('name') === 'recipe')
    await page.keyboard.press('ArrowUp')
    await page.getByText('2 steps of new work').waitFor()
    await tabTo(page, (el) => (el.textContent ?? '').includes('Launch the run'))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runs\/(?!new)[a-z0-9]+$/)
    await page.locator('h1').getByText('Succeeded').waitFor({ timeout: 60_000 })
  })

  it('says what an address that leads nowhere is', async () => {
    await page.goto('/runs/no-such-run')
    await page.getByText('The run does not exist').waitFor()
    await page.goto('/no/such/page')
    await page.getByText('There is no page at this address').waitFor()
  })

  it('has not complained in the console', () => expect(scene.errors).toEqual([]))
})

/** Presses Tab until the focused element is the wanted one. */
async function tabTo(target: Page, wanted: (el: Element) => boolean): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (await target.evaluate(`(${wanted.toString()})(document.activeElement)`)) return
    await target.keyboard.press('Tab')
  }
  throw new Error('200 presses of Tab did not reach it')
}

/** The dev queries' judgements, as trec_eval reads them. */
function devQrels(folder: string): string {
  const dev = new Set(fs.readFileSync(path.join(folder, 'split.tsv'), 'utf8').split('\n').filter((line) => line.endsWith('\tdev')).map((line) => line.split('\t')[0]))
  const file = path.join(scene.data, 'dev.qrels')
  fs.writeFileSync(file, fs.readFileSync(path.join(folder, 'qrels.tsv'), 'utf8').split('\n').filter((line) => dev.has(line.split('\t')[0])).join('\n') + '\n')
  return file
}

/** Trains for minutes: long enough to be cancelled or cut off. */
function longRun(name: string, datasetId: string): NewRun {
  return {
    name,
    config: {
      method: 'in-batch',
      datasetId,
      seed: 7,
      depth: 100,
      device: 'auto',
      encoder: { vocabSize: 400, layers: 1, hidden: 64, heads: 2, ffn: 128, dim: 64, pooling: 'mean', towers: 'shared', maxQueryTokens: 24, maxDocTokens: 32 },
      train: { ...TRAIN_DEFAULTS, steps: 20_000, batchSize: 16, learningRate: 0.0005, warmupShare: 0.1, weightDecay: 0.01, temperature: 4, checkpoints: 10 },
    },
  }
}
