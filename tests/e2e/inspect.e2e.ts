// What a person looks into after a launch, in real Chromium against a real server: a run's page, its queries, its hard negatives, the data set, the
// models, the settings; and that each of these pages says when the server is gone and catches up by itself.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun, RunSummary } from '@/contract/run'
import { keepForDocs } from './photographs'
import { openScene, type Scene } from './scene'
import type { StudioApi } from './studio-api'

let scene: Scene
let page: Page
let api: StudioApi
let photograph: Scene['photograph']
let datasetId: string
let runs: Record<string, RunSummary>

beforeAll(async () => {
  scene = await openScene()
  ;({ page, api, photograph } = scene)
  datasetId = (await api.importDataset({ name: 'tiny', source: { kind: 'tsv', folder: path.join(scene.data, 'tiny') } })).id
  const launched = await api.launch(pipeline(datasetId))
  for (const run of launched) await api.waitForRun(run.id, ['succeeded'])
  runs = Object.fromEntries(launched.map((run) => [run.name, run]))
})

afterEach(() => scene?.context.setOffline(false))

afterAll(() => scene?.close())

const chart = (title: string) => page.locator(`figure[data-chart="${title}"]`)
const panel = (title: string) => page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) })

describe.sequential('the run page', () => {
  it('shows curves over steps, epochs and time, linear and logarithmic, with intervals', async () => {
    await page.goto(`/runs/${runs.warmup.id}`)
    await chart('MRR@10').locator('[data-dot]').nth(2).waitFor()
    await page.getByRole('radio', { name: 'Epoch' }).click()
    await chart('Training loss').getByText('epoch', { exact: true }).waitFor()
    await page.getByRole('radio', { name: 'Time' }).click()
    await chart('Training loss').getByText('time since the start').waitFor()
    await page.getByRole('radio', { name: 'Step' }).click()
    await page.getByRole('radio', { name: 'Log' }).click()
    await chart('Training loss').locator('path[stroke-width="2"]').waitFor()
    await page.getByRole('radio', { name: 'Linear' }).click()
    await keepForDocs(page, 'run')
  })

  it('zooms all charts by dragging and by key, and shows everything again', async () => {
    const box = (await chart('Training loss').getByRole('group').boundingBox())!
    await page.mouse.move(box.x + 150, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + 350, box.y + 70, { steps: 4 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Show everything' }).waitFor()
    const ticks = async () => (await chart('MRR@10').locator('svg text').allTextContents()).join(' ')
    const zoomed = await ticks()
    await page.getByRole('button', { name: 'Show everything' }).click()
    expect(await ticks()).not.toBe(zoomed)
    await chart('Training loss').getByRole('group').focus()
    await page.keyboard.press('ArrowRight')
    await chart('Training loss').getByRole('status').waitFor()
    await page.keyboard.press('+')
    await page.getByRole('button', { name: 'Show everything' }).waitFor()
    await page.keyboard.press('0')
    await page.getByRole('button', { name: 'Show everything' }).waitFor({ state: 'detached' })
  })

  it('saves a chart as PNG, SVG and CSV', async () => {
    const saved: Record<string, string> = {}
    for (const kind of ['PNG', 'SVG', 'CSV']) {
      await page.getByRole('button', { name: 'Download MRR@10' }).click()
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: kind }).click()])
      saved[kind] = path.join(scene.data, download.suggestedFilename())
      await download.saveAs(saved[kind])
    }
    expect(fs.readFileSync(saved.PNG).subarray(1, 4).toString()).toBe('PNG')
    expect(fs.readFileSync(saved.SVG, 'utf8')).toMatch(/^<svg [\s\S]*MRR@10[\s\S]*<path/)
    expect(fs.readFileSync(saved.SVG, 'utf8')).not.toContain('var(')
    const { evaluations } = await api.run(runs.warmup.id)
    const lines = fs.readFileSync(saved.CSV, 'utf8').trim().split('\r\n')
    expect(lines[0]).toBe('step,warmup,warmup low,warmup high,warmup n')
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).map(Number))).toEqual(evaluations.map(({ checkpointStep, measures }) => [checkpointStep, measures['MRR@10']]))
  })

  it('marks the best checkpoint, draws the lineage, gives files with their checksum', async () => {
    const { evaluations } = await api.run(runs.warmup.id)
    const best = evaluations.reduce((a, b) => (b.measures['MRR@10'] > a.measures['MRR@10'] ? b : a))
    await page.locator(`tr[data-checkpoint="${best.checkpointStep}"]`).getByText('best').waitFor()
    await panel('Lineage').getByRole('button', { name: 'Draw' }).click()
    await page.getByRole('region', { name: 'Graph of artifacts' }).getByText('Tokenise').waitFor()
    const row = page.getByRole('region', { name: 'Files' }).locator('tr').filter({ hasText: 'model.safetensors' }).first()
    const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link').click()])
    const file = path.join(scene.data, 'weights')
    await download.saveAs(file)
    expect(await row.locator('[title]').filter({ hasText: /^[0-9a-f]{12}$/ }).getAttribute('title')).toBe(createHash('sha256').update(fs.readFileSync(file)).digest('hex'))
  })

  it('keeps notes in Markdown, and HTML in them stays text', async () => {
    await panel('Notes').getByRole('button', { name: 'Write' }).click()
    await page.getByLabel('Notes in Markdown').fill('Warm-up for **STAR**.\n\n- lower rate next\n\n<img src=x onerror=alert(1)>')
    await page.keyboard.press('Control+Enter')
    await panel('Notes').locator('strong').getByText('STAR').waitFor()
    expect(await panel('Notes').locator('img').count()).toBe(0)
    await page.reload()
    await panel('Notes').locator('li').getByText('lower rate next').waitFor()
  })

  it('reads and wraps its log', async () => {
    const log = page.getByRole('log')
    await log.getByText('Train to').first().waitFor()
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('tokens no line has')
    await log.getByText('No line fits').waitFor()
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('')
    await log.getByText('Train to').first().waitFor()
    const wrap = page.getByRole('button', { name: 'Wrap long lines' })
    await wrap.click()
    expect(await wrap.getAttribute('aria-pressed')).toBe('false')
    await photograph('run-finished', `/runs/${runs.star.id}`, (p) => p.locator('figure[data-chart="Training loss"]'))
  })
})

describe.sequential('the pictures of the guide', () => {
  it('show the import, the launch, the list of runs and the comparison', async () => {
    await page.goto('/datasets')
    await page.locator('[data-dataset="tiny"]').waitFor()
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByLabel('Folder on the server').waitFor()
    await keepForDocs(page, 'datasets')
    await page.goto('/runs/new')
    await page.getByText('steps of new work').waitFor()
    await keepForDocs(page, 'new-run')
    await page.goto('/runs')
    await page.locator('tr[data-run="adore"]').waitFor()
    await keepForDocs(page, 'runs')
    await page.goto(`/compare?runs=${['bm25', 'warmup', 'star', 'adore'].map((name) => runs[name].id).join(',')}`)
    await page.getByText(/^p (=|<)/).locator('visible=true').first().waitFor()
    await keepForDocs(page, 'compare')
  })
})

describe.sequential('the queries', () => {
  it('are sorted and searched at once, and compared with another run', async () => {
    await page.goto(`/runs/${runs.star.id}/queries`)
    await page.getByText('20 dev queries').waitFor()
    await page.getByRole('columnheader', { name: 'MRR@10' }).getByRole('button').click()
    const values = async () => (await page.locator('tbody tr[aria-rowindex] td:nth-child(3)').allTextContents()).map(Number)
    expect(await values()).toEqual([...(await values())].sort((a, b) => a - b))
    await page.getByRole('searchbox', { name: 'Search the queries' }).fill('river fox')
    await expect.poll(async () => (await page.locator('tbody tr a').allTextContents()).every((text) => text.includes('river'))).toBe(true)
    await page.getByRole('searchbox', { name: 'Search the queries' }).fill('zebra')
    await page.getByText('No query has these words').waitFor()
    await page.getByRole('button', { name: 'Show all queries' }).click()
    await page.getByLabel('Compared with').click()
    await page.getByRole('searchbox', { name: 'Filter the runs' }).fill('bm25')
    await page.getByRole('dialog').getByRole('button', { name: /^bm25 BM25/ }).click()
    await page.getByText(/star better on \d+, equal on \d+, worse on \d+/).waitFor()
    await page.getByRole('columnheader', { name: 'Difference' }).waitFor()
    await page.getByRole('button', { name: 'What unjudged documents could make of the measures' }).click()
    await page.getByText('of the documents in the first 10 are judged').waitFor()
    const address = new URL(page.url())
    await keepForDocs(page, 'queries')
    await photograph('queries-pair', address.pathname + address.search, (p) => p.locator('tbody tr a'))
  })

  it('open with systems side by side, lines between them, and judgements of one’s own that change no official value', async () => {
    const before = (await api.run(runs.star.id)).evaluations.at(-1)!.measures
    await page.locator('tbody tr a').first().click()
    await page.getByLabel('Beside it').waitFor()
    await page.locator('[data-movement]').first().waitFor()
    await page.getByLabel('Beside it').click()
    await page.getByRole('dialog').getByRole('button', { name: /^adore ADORE/ }).click()
    await expect.poll(() => page.getByRole('region', { name: 'Rankings side by side' }).locator('section').count()).toBe(3)
    const address = new URL(page.url())
    await keepForDocs(page, 'query')
    await photograph('query-systems', address.pathname + address.search, (p) => p.locator('[data-movement]'))
    // An unjudged document in the first system, judged relevant here.
    const hole = page.locator('section[aria-label="Ranking of star"] li[data-relevant="false"] button').first()
    await hole.click()
    await page.getByRole('button', { name: /^Document .* is relevant$/ }).first().click()
    await page.getByText('relevant, judged here').first().waitFor()
    const bounds = panel('Unjudged documents').locator('tbody tr').first()
    await expect.poll(async () => (await bounds.locator('td').nth(1).textContent()) !== '–').toBe(true)
    expect((await api.run(runs.star.id)).evaluations.at(-1)!.measures).toEqual(before)
    await page.getByRole('button', { name: /^Document .* is relevant$/ }).first().click()
    await expect.poll(async () => bounds.locator('td').nth(1).textContent()).toBe('–')
  })

  it('say what is missing', async () => {
    await page.goto(`/runs/${runs.star.id}/queries/999999`)
    await page.getByText('The ranking does not exist').waitFor()
    await page.goto('/runs/none/queries')
    await page.getByText('The run does not exist').waitFor()
  })
})

describe.sequential('the hard negatives', () => {
  it('are audited by key, and mined again without what was judged relevant', async () => {
    await page.goto(`/runs/${runs['bm25-negatives'].id}`)
    await page.getByRole('link', { name: 'Negatives', exact: true }).click()
    await page.locator('[data-suspect]').waitFor()
    await chart('Score margins').locator('.recharts-bar-rectangle').first().waitFor()
    await chart('Hardness drift').locator('[data-dot]').first().waitFor()
    await keepForDocs(page, 'negatives')
    await photograph('negatives', `/runs/${runs['bm25-negatives'].id}/negatives`, (p) => p.locator('[data-suspect]'))
    const first = await page.locator('[data-suspect]').getAttribute('data-suspect')
    await page.keyboard.press('r')
    await expect.poll(() => page.locator('[data-suspect]').getAttribute('data-suspect')).not.toBe(first)
    await page.keyboard.press('n')
    await page.getByText('1 relevant, 1 not').waitFor()
    await page.getByText('One pair of training query and document will be left out').waitFor()
    await page.reload()
    await page.getByText('1 relevant, 1 not').waitFor()
    await page.getByRole('button', { name: 'Launch' }).click()
    await page.waitForURL(/\/runs\/[a-z0-9]+$/)
    const again = await api.runNamed('bm25-negatives-audited')
    await api.waitForRun(again.id, ['succeeded'])
    await page.getByRole('log').getByText('1 documents are left out because they were judged relevant here').waitFor()
  })

  it('say where there are none', async () => {
    await page.goto(`/runs/${runs.bm25.id}/negatives`)
    await page.getByText('mines no negatives').waitFor()
  })
})

describe.sequential('data sets, models and settings', () => {
  it('a data set shows its statistics, finds its texts and its judgements', async () => {
    await page.goto('/datasets')
    await page.getByRole('link', { name: 'tiny' }).click()
    await page.getByRole('heading', { name: 'Words of documents' }).waitFor()
    await chart('Words of documents').locator('.recharts-bar-rectangle').first().waitFor()
    await page.getByRole('radio', { name: 'Texts' }).click()
    await page.getByLabel('Search the texts').fill('otter river')
    await page.keyboard.press('Enter')
    await page.getByText('1 found in all 50').waitFor()
    await page.getByLabel('Search the texts').fill('doc-007')
    await page.keyboard.press('Enter')
    await page.locator('[data-texts]').getByText('doc-007').waitFor()
    await page.getByRole('radio', { name: 'Judgements' }).click()
    await page.locator('[data-qrels] li').first().getByText('relevant').first().waitFor()
    for (const part of ['', '?part=texts', '?part=qrels']) await photograph(`dataset${part.replace('?part=', '-')}`, `/datasets/${datasetId}${part}`, (p) => p.locator('[data-chart] .recharts-bar-rectangle, [data-texts], [data-qrels]'))
    await page.goto('/datasets/none')
    await page.getByText('The data set does not exist').waitFor()
  })

  it('a query is tried against a checkpoint, on a worker', async () => {
    await page.goto('/models')
    await page.locator('[data-trained="adore"]').getByText('star').first().waitFor()
    await photograph('models', '/models', (p) => p.locator('[data-trained]'))
    await page.locator('[data-trained="adore"]').getByRole('link', { name: 'Try' }).click()
    await page.getByLabel('Query').fill('howler in the forest')
    await page.keyboard.press('Enter')
    await page.locator('[data-tried] li').nth(19).waitFor()
    const { pathname, search } = new URL(page.url())
    await photograph('try', pathname + search, (p) => p.getByLabel('Query'), async (p) => {
      await p.getByLabel('Query').fill('howler in the forest')
      await p.keyboard.press('Enter')
      await p.locator('[data-tried] li').nth(19).waitFor()
    })
    const { id } = runs.adore
    const checkpoint = new URL(page.url()).searchParams.get('checkpoint')
    // What it finds is what the run's own search of that text finds.
    const { results } = (await (await fetch(`${scene.server.url}/api/runs/${id}/queries?limit=1&checkpoint=${checkpoint}`)).json()) as { results: { row: number; text: string }[] }
    const ranking = (await (await fetch(`${scene.server.url}/api/runs/${id}/queries/${results[0].row}?checkpoint=${checkpoint}`)).json()) as { docs: { id: string }[] }
    await page.getByLabel('Query').fill(results[0].text)
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await page.locator('[data-tried] li .font-mono').allTextContents()).slice(0, 5), { timeout: 20_000 }).toEqual(ranking.docs.slice(0, 5).map((doc) => doc.id))
    await page.goto(`/runs/${runs.bm25.id}/try`)
    await page.getByText('This run has no encoder').waitFor()
  })

  it('the settings keep a theme, a priority and a rule of retention, and tell what the environment decides', async () => {
    await page.goto('/runs')
    await page.getByRole('button', { name: 'Account, settings and API' }).click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    await page.getByRole('region', { name: 'Environment' }).getByText(scene.server.dataDir).first().waitFor()
    await page.getByRole('radio', { name: 'Dark' }).click()
    await page.waitForFunction(() => document.documentElement.classList.contains('dark'))
    await page.getByRole('radio', { name: 'As the system' }).click()
    await page.getByLabel('Last checkpoints kept').fill('0')
    await page.getByText('Too small').waitFor()
    await page.getByLabel('Last checkpoints kept').fill('2')
    await page.getByLabel('Days after a run’s end').fill('0')
    await page.getByRole('button', { name: 'Keep this rule' }).click()
    await page.getByText('Kept', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'What would go now' }).click()
    await page.getByText(/\d+ artifacts, .*document embeddings of a finished run/).waitFor()
    await page.reload()
    await expect.poll(() => page.getByLabel('Last checkpoints kept').inputValue()).toBe('2')
    await photograph('settings', '/settings', (p) => p.getByRole('region', { name: 'Environment' }))
  })
})

describe.sequential('without the server', () => {
  it('every page says so and catches up by itself', async () => {
    const addresses: [string, (p: Page) => Locator][] = [
      [`/runs/${runs.star.id}/queries`, (p) => p.locator('tbody tr a')],
      [`/runs/${runs['bm25-negatives'].id}/negatives`, (p) => p.locator('[data-suspect]')],
      ['/models', (p) => p.locator('[data-trained]')],
      [`/datasets/${datasetId}`, (p) => p.getByRole('heading', { name: 'Words of documents' })],
      ['/workers', (p) => p.getByText('Cores')],
      ['/settings', (p) => p.getByRole('region', { name: 'Environment' })],
    ]
    const open = await Promise.all(
      addresses.map(async ([address, ready]) => {
        // Contexts of their own: a browser gives six connections to a server.
        const opened = await (await scene.browser.newContext({ baseURL: scene.server.url })).newPage()
        await opened.goto(address)
        await ready(opened).first().waitFor()
        return { opened, address, ready }
      }),
    )
    const lost = (opened: Page) => opened.getByText('Connection lost')
    const comesBack = async () => {
      for (const { opened, address, ready } of open) {
        await lost(opened).waitFor({ state: 'detached', timeout: 60_000 }).catch(() => expect.fail(`${address} does not come back`))
        await ready(opened).first().waitFor()
        expect(await opened.getByRole('alert').filter({ hasText: 'could not be read' }).count(), address).toBe(0)
      }
    }
    // Gone for three seconds: pages with a stream notice it at once, the others ask every five.
    for (const until = Date.now() + 3000; Date.now() < until; await page.waitForTimeout(100)) if (scene.server.pidOf('web')) await scene.server.killWeb()
    for (const { opened, address } of open.slice(0, 3)) await lost(opened).waitFor().catch(() => expect.fail(`${address} does not say that the server is gone`))
    await comesBack()
    for (const { opened } of open) await opened.context().setOffline(true)
    for (const { opened, address } of open) await lost(opened).waitFor().catch(() => expect.fail(`${address} does not say that the connection is lost`))
    expect(await open[4].opened.getByText('when last seen').count()).toBe(1)
    for (const { opened } of open) await opened.context().setOffline(false)
    await comesBack()
    for (const { opened } of open) await opened.context().close()
  })

  it('has not complained in the console', () => expect(scene.errors).toEqual([]))
})

function pipeline(dataset: string): NewRun[] {
  const common = { datasetId: dataset, seed: 7, depth: 100, device: 'auto' } as const
  const train = { ...TRAIN_DEFAULTS, batchSize: 16, learningRate: 0.0005, warmupShare: 0.1, weightDecay: 0.01, temperature: 4 }
  const encoder = { vocabSize: 400, layers: 1, hidden: 64, heads: 2, ffn: 128, dim: 64, pooling: 'mean', towers: 'shared', maxQueryTokens: 24, maxDocTokens: 32 } as const
  return [
    { name: 'bm25', config: { method: 'bm25', datasetId: dataset, seed: 1, depth: 100, k1: 0.9, b: 0.4 } },
    { name: 'warmup', config: { method: 'in-batch', ...common, encoder, train: { ...train, steps: 90, checkpoints: 3 } } },
    { name: 'bm25-negatives', config: { method: 'bm25-negatives', ...common, diagnosis: 'checkpoints', encoder, train: { ...train, steps: 40, checkpoints: 2 }, mineDepth: 20 } },
    { name: 'star', config: { method: 'star', ...common, diagnosis: 'checkpoints', start: { kind: 'sibling', name: 'warmup' }, train: { ...train, steps: 40, checkpoints: 2 }, mineDepth: 20, negativesPerQuery: 1 } },
    { name: 'adore', config: { method: 'adore', ...common, start: { kind: 'sibling', name: 'star' }, train: { ...train, steps: 30, checkpoints: 2 }, topK: 20, metricCut: 20 } },
  ]
}
