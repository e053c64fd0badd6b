// The Paper page and reports in real Chromium: verdicts and claims of runs that exist, a report written, saved, exported and opened without the server.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
import { findAxeFaultsInBothThemes } from './axe'
import { findFaults, launchBrowser, watchErrors } from './browser'
import { type StudioApi, studioApi } from './studio-api'
import { type StudioServer, startStudio } from './studio-server'
import { writeTinyData } from './tiny-data'

const shots = path.resolve(import.meta.dirname, '../../test-results/screenshots-paper-reports')
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-e2e-data-'))

let server: StudioServer
let browser: Browser
let context: BrowserContext
let page: Page
let errors: string[]
let api: StudioApi

beforeAll(async () => {
  writeTinyData(path.join(data, 'tiny'))
  fs.rmSync(shots, { recursive: true, force: true })
  fs.mkdirSync(shots, { recursive: true })
  ;[server, browser] = await Promise.all([startStudio(), launchBrowser()])
  api = studioApi(server.url)
  context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 }, colorScheme: 'light', acceptDownloads: true })
  page = await context.newPage()
  page.setDefaultTimeout(20_000)
  errors = watchErrors(page)
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
  fs.rmSync(data, { recursive: true, force: true })
})

/** Pictures in both themes and widths, without faults, and nothing that axe finds. */
async function inspect(name: string): Promise<void> {
  const found = await findAxeFaultsInBothThemes(page)
  expect(found.join('\n'), name).toBe('')
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(200)
      await page.screenshot({ path: path.join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      expect(await findFaults(page), `${name} at ${width} px, ${colorScheme}`).toEqual([])
    }
  }
}

const SMALL = { vocabSize: 300, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 32 } as const
const run = (name: string, config: object) => ({ name, config }) as NewRun

describe.sequential('paper and reports', () => {
  it('the Paper page says what to do before there is a data set, and reports before there is one', async () => {
    await page.goto('/paper')
    await page.getByRole('heading', { name: 'There is no data set to reproduce it on yet' }).waitFor()
    await inspect('paper-empty')
    await page.goto('/reports')
    await page.getByRole('heading', { name: 'There is no report yet' }).waitFor()
    await inspect('reports-empty')
    await page.goto('/reports/none')
    await page.getByText('The report does not exist').waitFor()
  })

  it('shows the runs beside the published values, checks the claims and ranks reasons', async () => {
    const dataset = await api.importDataset({ name: 'tiny', source: { kind: 'tsv', folder: path.join(data, 'tiny') } })
    const common = { datasetId: dataset.id, seed: 1, depth: 100, device: 'cpu', train: { ...TRAIN_DEFAULTS, steps: 20, batchSize: 8, learningRate: 1e-3, checkpoints: 2 } }
    const launched = await api.launch([
      run('rand', { method: 'random', ...common, encoder: SMALL }),
      run('adore-rand', { method: 'adore', ...common, start: { kind: 'sibling', name: 'rand' }, topK: 20, metricCut: 20 }),
    ])
    for (const { id } of launched) await api.waitForRun(id, ['succeeded'])
    await page.goto('/paper')
    const adore = page.locator('tr[data-model="adore-random"]')
    await adore.getByRole('link', { name: 'adore-rand' }).waitFor()
    await adore.getByText('paper 0.326').waitFor()
    expect(await page.locator('tr[data-model="star"]').getByText('not run').count()).toBe(1)
    await page.getByText('tiny is not the paper’s collection').waitFor()
    const [, value] = /(\d\.\d{3})/.exec(await adore.innerText())!
    const judged = (await api.run(launched[1].id)).evaluations.findLast(({ split }) => split === 'dev')!
    expect(value).toBe(judged.measures['MRR@10'].toFixed(3))
    await page.getByRole('button', { name: 'Why Rand Neg may differ' }).click()
    await page.getByRole('heading', { name: 'Why rand may differ' }).waitFor()
    await page.getByText('Layers: 1 here, 12 in the paper').waitFor()
    await page.getByRole('link', { name: 'Test it: ADORE improves a model of random negatives' }).waitFor()
    await page.getByRole('button', { name: 'Documents' }).or(page.getByRole('radio', { name: 'Documents' })).click()
    await adore.getByText('paper 0.361').waitFor()
    expect(new URL(page.url()).searchParams.get('of')).toBe('document')
    await inspect('paper')
    await page.getByRole('link', { name: 'Launch the table again' }).click()
    await page.waitForURL('**/runs/new?recipe=paper*')
    expect(await page.getByRole('radio', { name: /The paper’s table/ }).isChecked()).toBe(true)
  })

  it('writes a report with text, curves, measures and settings, and takes a removal back', async () => {
    await page.goto('/reports')
    await page.getByRole('button', { name: 'New report' }).first().click()
    await page.getByLabel('Title').fill('ADORE on tiny')
    await page.getByLabel('Text in Markdown').fill('## What was tried\n\nADORE from **random** negatives.\n\n| a | b |\n|---|---|\n| 1 | 2 |')
    const add = async (kind: string) => {
      await page.getByRole('button', { name: 'Add a part' }).click()
      await page.getByRole('menuitem', { name: kind, exact: true }).click()
    }
    await add('Curves')
    await page.locator('[data-editing="curves"]').getByRole('button', { name: 'Choose runs' }).click()
    for (const name of ['rand', 'adore-rand']) await page.getByRole('dialog').getByRole('checkbox', { name: new RegExp(`^${name}\\b`) }).first().check()
    await page.keyboard.press('Escape')
    await add('Measures')
    await add('Differences in settings')
    await add('Curves')
    await page.locator('[data-editing="curves"]').last().getByLabel('Curve', { exact: true }).selectOption('loss')
    await page.getByRole('button', { name: 'Take out part 4, Differences in settings' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Move part 5, Curves up' }).click()
    await inspect('report-editor')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'ADORE on tiny' }).waitFor()
    await page.getByRole('heading', { name: 'What was tried' }).waitFor()
    expect(await page.locator('[data-part]').evaluateAll((parts) => parts.map((part) => part.getAttribute('data-part')))).toEqual(['text', 'curves', 'measures', 'curves', 'settings'])
    await page.locator('figure[data-chart="MRR@10"] [data-dot]').first().waitFor()
    await page.locator('figure[data-chart="Training loss"] path[d^="M"]').first().waitFor()
    await inspect('report')
    await page.goto('/reports')
    await page.getByRole('link', { name: /ADORE on tiny/ }).waitFor()
    await inspect('reports')
  })

  it('refuses to overwrite what somebody else has changed, and loses nothing that was typed', async () => {
    await page.getByRole('link', { name: /ADORE on tiny/ }).click()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Title').fill('Mine')
    const id = new URL(page.url()).pathname.split('/').at(-1)!
    const report = (await (await fetch(`${server.url}/api/reports/${id}`)).json()) as { blocks: unknown[]; version: number }
    await fetch(`${server.url}/api/reports/${id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title: 'Theirs', blocks: report.blocks, version: report.version }) })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('has changed this report since you opened it').waitFor()
    expect(await page.getByLabel('Title').inputValue()).toBe('Mine')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Drop them' }).click()
    await page.reload()
    await page.getByRole('heading', { name: 'Theirs' }).waitFor()
  })

  it('exports a page that opens without the server', async () => {
    await page.locator('figure[data-chart="Training loss"] path[d^="M"]').first().waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as HTML' }).click()])
    const file = path.join(data, download.suggestedFilename())
    await download.saveAs(file)
    expect(path.basename(file)).toBe('theirs.html')
    const html = fs.readFileSync(file, 'utf8')
    expect(html).not.toMatch(/<script|<button|https?:\/\/127/)
    const offline = await browser.newContext({ offline: true, viewport: { width: 1000, height: 900 } })
    const copy = await offline.newPage()
    const wanted: string[] = []
    copy.on('request', (request) => wanted.push(request.url()))
    await copy.goto(`file://${file}`)
    await copy.getByRole('heading', { name: 'What was tried' }).waitFor()
    expect(await copy.locator('figure svg path').count()).toBeGreaterThan(3)
    expect(await copy.getByText('adore-rand').count()).toBeGreaterThan(1)
    expect(wanted).toEqual([`file://${file}`])
    // styled: the page's own colours and a table that has its lines
    expect(await copy.locator('table').first().evaluate((table) => getComputedStyle(table).borderCollapse)).toBe('collapse')
    await copy.screenshot({ path: path.join(shots, 'report-exported.png'), fullPage: true })
    await offline.close()
  })

  it('had no errors in the browser', () => expect(errors).toEqual([]))
})
