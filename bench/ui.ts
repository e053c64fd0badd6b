// `drhard bench ui`: what a person waits for, measured in headless Chromium against the built dashboard with a server of its own: first
// load, a table of 5,000 runs x 200 columns, curves of 20 runs x 100,000 points, queries, live points. Called by bench/run.ts; figures are in docs/benchmarks.md.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { SMALL_ENCODER, TRAIN_DEFAULTS } from '@/contract/presets'
import { MetricSeries } from '@/contract/run'
import { openDatabase } from '@/server/db/client'
import { launchBrowser } from '@/tests/e2e/browser'
import { studioApi } from '@/tests/e2e/studio-api'
import { startStudio } from '@/tests/e2e/studio-server'
import { median, printTable } from './timing'
import { insertCurves, insertRuns, writeQueries } from './ui-data'

const TABLE = { runs: 5000, measures: 160 }
const CURVES = { runs: 20, points: 100_000 }
const QUERIES = { queries: 7000, docs: 2000 }

interface Figure {
  name: string
  unit: 'ms' | 'kB'
  value: number
  goal: number
}

export async function benchUi({ turns, json }: { turns: number; json: boolean }): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-ui-'))
  const say = (text: string) => (json ? console.error(text) : console.log(text))
  const [server, browser] = await Promise.all([startStudio(), launchBrowser()])
  const db = openDatabase(fs.readFileSync(path.join(server.dataDir, 'database-url'), 'utf8').trim())
  try {
    const api = studioApi(server.url)
    writeQueries(path.join(folder, 'queries'), QUERIES)
    const dataset = await api.importDataset({ name: 'queries', source: { kind: 'tsv', folder: path.join(folder, 'queries') } })
    const train = { ...TRAIN_DEFAULTS, steps: 20, batchSize: 8, learningRate: 1e-3, checkpoints: 2 }
    const common = { datasetId: dataset.id, seed: 1, depth: 100, device: 'auto' } as const
    const [lexical, trained] = await api.launch([
      { name: 'lexical', config: { method: 'bm25', datasetId: dataset.id, seed: 1, depth: 100, k1: 0.9, b: 0.4 } },
      { name: 'trained', config: { method: 'in-batch', ...common, encoder: { ...SMALL_ENCODER, vocabSize: 400, hidden: 32, heads: 2, ffn: 64, dim: 32 }, train } },
    ])
    for (const run of [lexical, trained]) await api.waitForRun(run.id, ['succeeded'], 400_000)
    say(`inserting ${TABLE.runs} runs and ${CURVES.runs} x ${CURVES.points} points`)
    await insertRuns(db, dataset.id, TABLE)
    const curved = Array.from({ length: CURVES.runs }, (_, i) => `bench-${i + 1}`)
    await insertCurves(db, curved, CURVES)
    const measure = new Ui(browser, server.url, turns)
    const figures: Figure[] = []
    const add = (name: string, unit: Figure['unit'], goal: number, value: number) => {
      figures.push({ name, unit, value: Math.round(value), goal })
      say(`${name}: ${Math.round(value)} ${unit}`)
    }
    const run = await measure.load(`/runs/${trained.id}`, 'figure[data-chart] [data-curve] path')
    add('run page to its first chart', 'ms', 1000, run.ms)
    add('JavaScript of the run page, compressed', 'kB', 350, run.scriptBytes / 1000)
    const wide = '/runs?cols=state;method;dataset;start;tag;step;duration;created;measure.*;config.*'
    const table = await measure.load(wide, 'tr[data-run] time, tr[data-run] td:nth-child(6)')
    add(`table of ${TABLE.runs} runs x 200 columns, interactive`, 'ms', 1000, table.ms)
    add('JavaScript of the table, compressed', 'kB', 350, table.scriptBytes / 1000)
    const sorted = await measure.act(wide, 'tr[data-run]', `document.querySelector('th[aria-colindex="2"] button').click()`, `document.querySelector('[aria-busy="false"] th[aria-colindex="2"][aria-sort]') && document.querySelector('tr[data-run]')`)
    add('sorting the table on the server, drawn', 'ms', 500, sorted)
    add('longest interaction in the table: sort, select, scroll', 'ms', 200, await measure.interactions(wide))
    const six = encodeURIComponent('MRR@10,R@100,NDCG@10,RR,AP')
    const compare = `/compare?runs=${curved.join(',')}&measures=${six}`
    const charts = await measure.load(compare, `figure[data-chart="Training loss"] [data-curve]:nth-of-type(${CURVES.runs}) path`)
    add(`${CURVES.runs} runs x ${CURVES.points} points, 6 charts`, 'ms', 1500, charts.ms)
    const zoomed = await measure.act(compare, 'figure[data-chart="Training loss"] [data-curve] path', `(() => { window.before = document.querySelector('figure[data-chart="Training loss"] [data-curve] path').getAttribute('d'); const box = document.querySelector('figure[data-chart="Training loss"] [role="group"]'); box.focus(); box.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true })) })()`, `document.querySelector('figure[data-chart="Training loss"] [data-curve] path').getAttribute('d') !== window.before`)
    add('zooming them', 'ms', 300, zoomed)
    const queries = `/runs/${lexical.id}/queries`
    const byMeasure = `[...document.querySelectorAll('th button')].find((b) => b.textContent.includes('MRR@10'))`
    add(`sorting ${QUERIES.queries - 20} queries`, 'ms', 100, await measure.act(queries, 'tbody tr a', `${byMeasure}.click()`, `${byMeasure}.closest('th').getAttribute('aria-sort') !== null`))
    add('opening a query', 'ms', 300, await measure.act(queries, 'tbody tr a', `document.querySelectorAll('tbody tr a')[4].click()`, `document.querySelector('[data-ranking] li')`))
    const [live] = await api.launch([{ name: 'live', config: { method: 'in-batch', ...common, encoder: { ...SMALL_ENCODER, vocabSize: 400, hidden: 32, heads: 2, ffn: 64, dim: 32 }, train: { ...train, steps: 200_000, checkpoints: 1 } } }])
    add('a live point on screen after it was stored', 'ms', 1000, await measure.live(live.id, async (from, to) => MetricSeries.parse(await (await fetch(`${server.url}/api/runs/${live.id}/metrics?from=${from}&to=${to}`)).json()).loss))
    if (json) console.log(JSON.stringify({ cpu: os.cpus()[0].model, cores: os.availableParallelism(), load: os.loadavg()[0], turns, figures }))
    else printTable(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, load ${os.loadavg()[0].toFixed(1)}, median of ${turns}`, figures.map(({ name, unit, value, goal }) => [name, `${value} ${unit}`, `goal ${goal}`, value <= goal ? 'reached' : 'not reached']))
  } finally {
    await db.$disconnect()
    await browser.close()
    await server.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs until the expression is true, and gives the page's clock after the frame that showed it. Text, because bundlers' helpers do not exist in the page. */
const until = (condition: string) => `new Promise((done) => { const look = () => { if (${condition}) requestAnimationFrame(() => done(performance.now())); else requestAnimationFrame(look) }; look() })`

class Ui {
  constructor(
    private readonly browser: Browser,
    private readonly url: string,
    private readonly turns: number,
  ) {}

  /** A page with an empty cache. */
  private async withPage<T>(work: (page: Page) => Promise<T>): Promise<T> {
    const context = await this.browser.newContext({ baseURL: this.url, viewport: { width: 1440, height: 900 } })
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      return await work(page)
    } finally {
      await context.close()
    }
  }

  private async repeat(work: (page: Page) => Promise<number>): Promise<number> {
    const times: number[] = []
    for (let i = 0; i < this.turns; i += 1) times.push(await this.withPage(work))
    return median(times)
  }

  /** From the start of the navigation, nothing cached, to the frame with what is waited for; and the scripts that came until then. */
  async load(address: string, selector: string): Promise<{ ms: number; scriptBytes: number }> {
    const sizes: number[] = []
    const ms = await this.repeat(async (page) => {
      const scripts: Promise<number>[] = []
      page.on('requestfinished', (request) => {
        if (request.resourceType() === 'script') scripts.push(request.sizes().then((size) => size.responseBodySize, () => 0))
      })
      await page.goto(address, { waitUntil: 'commit' })
      const time = (await page.evaluate(until(`document.querySelector(${JSON.stringify(selector)})`))) as number
      sizes.push((await Promise.all(scripts)).reduce((a, b) => a + b, 0))
      return time
    })
    return { ms, scriptBytes: median(sizes) }
  }

  /** From an act to the frame after its effect. */
  act(address: string, ready: string, act: string, effect: string): Promise<number> {
    return this.repeat(async (page) => {
      await page.goto(address)
      await page.locator(ready).first().waitFor({ state: 'attached' })
      await page.waitForTimeout(1000)
      return (await page.evaluate(`(async () => { const from = performance.now(); ${act}; return (await ${until(effect)}) - from })()`)) as number
    })
  }

  /** The longest time from input to the next paint (Event Timing) over clicks and keys in the table. */
  interactions(address: string): Promise<number> {
    return this.repeat(async (page) => {
      await page.addInitScript(`window.longest = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.interactionId) window.longest = Math.max(window.longest, e.duration) }).observe({ type: 'event', durationThreshold: 16, buffered: true })`)
      await page.goto(address)
      await page.locator('tr[data-run]').first().waitFor()
      await page.getByRole('checkbox', { name: /^Select/ }).first().click()
      await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
      await page.locator('[aria-busy="false"] tr[data-run]').first().waitFor()
      await page.mouse.move(700, 600)
      for (let i = 0; i < 10; i += 1) await page.mouse.wheel(i % 2 ? 600 : 0, 400)
      await page.getByRole('region', { name: 'Runs, table' }).focus()
      for (const key of ['PageDown', 'PageDown', 'ArrowRight', 'End']) await page.keyboard.press(key)
      await page.waitForTimeout(800)
      return (await page.evaluate('window.longest')) as number
    })
  }

  /** Median over the points that came while the page was watched. */
  async live(runId: string, stored: (from: number, to: number) => Promise<{ step: number; at: number }[]>): Promise<number> {
    return this.withPage(async (page) => {
      await page.goto(`/runs/${runId}`)
      await page.getByRole('button', { name: 'Training loss as a table' }).click({ timeout: 120_000 })
      const seen = (await page.evaluate(
        `new Promise((done) => { const seen = []; const end = Date.now() + 8000; let last = null; const look = () => { const step = [...document.querySelectorAll('[aria-label="Training loss, table"] tbody tr')].at(-1)?.firstChild.textContent; if (step && step !== last) { seen.push([Number(step.replaceAll(',', '')), Date.now()]); last = step } if (Date.now() < end) requestAnimationFrame(look); else done(seen.slice(1)) }; look() })`,
      )) as [number, number][]
      // The last few hundred steps: a longer stretch comes thinned.
      const last = seen.at(-1)?.[0] ?? 0
      const at = new Map((await stored(Math.max(0, last - 200), last)).map((point) => [point.step, point.at]))
      const delays = seen.flatMap(([step, shown]) => (at.has(step) ? [shown - at.get(step)!] : []))
      if (delays.length === 0) throw new Error('no live point was seen in 8 s')
      return median(delays)
    })
  }
}
