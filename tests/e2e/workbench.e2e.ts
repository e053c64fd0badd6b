// The pages on which runs are found, launched, compared and written about, in real Chromium against a real server: main paths, errors, empty states.
import fs from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
import { openScene, type Scene } from './scene'
import type { StudioApi } from './studio-api'

let scene: Scene
let page: Page
let api: StudioApi
let photograph: Scene['photograph']
let datasetId: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  scene = await openScene()
  ;({ page, api, photograph } = scene)
})

afterAll(() => scene?.close())

const encoder = { vocabSize: 400, layers: 1, hidden: 64, heads: 2, ffn: 128, dim: 64, pooling: 'mean', towers: 'shared', maxQueryTokens: 24, maxDocTokens: 32 } as const
const train = { ...TRAIN_DEFAULTS, steps: 60, batchSize: 16, learningRate: 0.0005, temperature: 4, checkpoints: 2 }
const bm25 = (name: string, k1 = 0.9): NewRun => ({ name, config: { method: 'bm25', datasetId, seed: 1, depth: 100, k1, b: 0.4 } })
const warmup = (seed: number): NewRun => ({ name: `warmup seed=${seed}`, config: { method: 'in-batch', datasetId, seed, depth: 100, device: 'auto', encoder, train } })
const rowOf = (name: string) => page.locator(`tr[data-run="${name}"]`)
const names = () => page.locator('tr[data-run]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run')))

describe.sequential('the workbench', () => {
  it('says on every page what is missing while nothing is there', async () => {
    await photograph('compare-empty', '/compare', (p) => p.getByRole('heading', { name: 'Choose the runs to compare' }))
    await photograph('paper-empty', '/paper', (p) => p.getByText('There is no data set to reproduce it on yet'))
    await photograph('reports-empty', '/reports', (p) => p.getByRole('heading', { name: 'No reports yet' }))
    await page.goto('/runs?q=nothing')
    await page.getByRole('heading', { name: 'No run matches the filter' }).waitFor()
    await page.getByRole('button', { name: 'Show all runs' }).click()
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
  })

  it('shows runs as they are launched and judged', async () => {
    datasetId = (await api.importDataset({ name: 'tiny', source: { kind: 'tsv', folder: path.join(scene.data, 'tiny') } })).id
    await page.goto('/runs')
    const launched = await api.launch([bm25('lexical'), bm25('lexical-k2', 2), warmup(1), warmup(2), warmup(3)])
    for (const run of launched) ids[run.name] = run.id
    // Without a reload.
    await rowOf('warmup seed=3').waitFor()
    for (const id of Object.values(ids)) await api.waitForRun(id, ['succeeded'])
    await rowOf('warmup seed=3').getByText('Succeeded').waitFor()
    await expect.poll(() => rowOf('lexical').textContent()).toMatch(/0\.\d{3}/)
  })

  it('sorts, filters and groups on the server, and the address is the view', async () => {
    await page.goto('/runs')
    await rowOf('lexical').waitFor()
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
    await expect.poll(names).toEqual(['lexical', 'lexical-k2', 'warmup seed=1', 'warmup seed=2', 'warmup seed=3'])
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.getByLabel('Column', { exact: true }).selectOption('config.seed')
    await page.getByLabel('Condition').selectOption('>=')
    await page.getByLabel('Value').fill('many')
    await page.getByRole('button', { name: 'Add the filter' }).click()
    await page.getByText('Give a number').waitFor()
    await page.getByLabel('Value').fill('2')
    await page.getByRole('button', { name: 'Add the filter' }).click()
    await expect.poll(names).toEqual(['warmup seed=2', 'warmup seed=3'])
    await page.reload()
    await rowOf('warmup seed=2').waitFor()
    expect(await names()).toEqual(['warmup seed=2', 'warmup seed=3'])
    await page.getByRole('button', { name: 'Clear all' }).click()
    await page.getByRole('radio', { name: 'By seed' }).click()
    await rowOf('warmup').waitFor()
    expect(await rowOf('warmup').textContent()).toMatch(/3 seeds.*0\.\d{3}± 0\.\d{3}/)
    await rowOf('warmup').getByRole('button', { name: /warmup/ }).click()
    await rowOf('warmup seed=2').waitFor()
    await photograph('runs-grouped', '/runs?group=seeds', (p) => p.getByText('3 seeds').locator('visible=true'))
    await page.goto('/runs?filter=nonsense')
    await page.getByText('A filter of this link could not be read').waitFor()
  })

  it('says of which checkpoint a value is: best, last, or at a step', async () => {
    const { evaluations } = await api.run(ids['warmup seed=1'])
    const [first, last] = evaluations
    for (const [at, { measures }] of [['last', last], [String(first.checkpointStep), first]] as const) {
      await page.goto(`/runs?at=${at}`)
      await page.getByRole('columnheader', { name: /MRR@10/ }).getByText(at === 'last' ? 'last' : `at ≤ ${at}`).waitFor()
      await rowOf('warmup seed=1').getByText(measures['MRR@10']!.toFixed(3)).first().waitFor()
    }
    await page.goto('/runs?at=1')
    await rowOf('warmup seed=1').getByText('not judged').waitFor()
  })

  it('chooses and pins columns, takes a baseline, and keeps the view under a name', async () => {
    await page.goto('/runs')
    await rowOf('lexical').waitFor()
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('searchbox', { name: 'Search the columns' }).fill('k1')
    await page.getByRole('checkbox', { name: 'k1' }).click()
    await page.getByRole('button', { name: 'Pin k1' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: 'k1' }).waitFor()
    await page.getByRole('checkbox', { name: 'Select lexical', exact: true }).check()
    await page.getByRole('button', { name: 'Baseline' }).click()
    await rowOf('lexical').getByText('baseline').waitFor()
    await rowOf('warmup seed=1').getByText(/^[+−±]0\.\d{3}$/).first().waitFor()
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('textbox', { name: 'Name of the view' }).fill('against lexical')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('View against lexical is saved').waitFor()
    await page.goto('/runs')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('link', { name: 'against lexical' }).click()
    await page.getByRole('columnheader', { name: 'k1' }).waitFor()
    await rowOf('lexical').getByText('baseline').waitFor()
    const { pathname, search } = new URL(page.url())
    await photograph('runs-baseline', pathname + search, (p) => p.getByText(/^[+−]0\.\d{3}$/).locator('visible=true'))
  })

  it('tags, archives and deletes several at once, and takes it back', async () => {
    await page.goto('/runs')
    const select = async (...chosen: string[]) => {
      for (const name of chosen) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check()
    }
    const bar = page.getByRole('region', { name: 'Selected runs' })
    await select('lexical', 'warmup seed=1')
    await bar.getByRole('button', { name: 'Tag' }).click()
    await page.getByRole('textbox', { name: 'Tag' }).fill('kept')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('2 runs tagged kept').waitFor()
    await page.goto('/runs?filter=tag=kept')
    await expect.poll(async () => (await names()).toSorted()).toEqual(['lexical', 'warmup seed=1'])
    await page.goto('/runs')
    await select('lexical-k2')
    await bar.getByRole('button', { name: 'Archive' }).click()
    await rowOf('lexical-k2').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await rowOf('lexical-k2').waitFor()
    await select('lexical-k2')
    await bar.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await page.waitForTimeout(300)
    expect((await api.run(ids['lexical-k2'])).name).toBe('lexical-k2')
    // Who leaves the page has not taken it back.
    await select('lexical-k2')
    await bar.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('1 run deleted').last().waitFor()
    await page.getByRole('link', { name: 'Paper' }).first().click()
    await expect.poll(async () => (await api.runs()).some((run) => run.name === 'lexical-k2')).toBe(false)
  })

  it('writes a launch as YAML, says where it is wrong, and what it changes', async () => {
    await page.goto(`/runs/new?from=${ids['warmup seed=1']}`)
    await page.getByText('None yet: every setting is as in').waitFor()
    // The clone of a finished run has nothing left to do.
    await page.getByText(/^0 steps of new work, \d+ reused$/).waitFor()
    await page.getByText('Everything is made already').waitFor()
    await page.getByRole('radio', { name: 'YAML' }).click()
    const text = page.getByRole('textbox', { name: 'The launch as YAML' })
    const yaml = await text.inputValue()
    await text.fill(yaml.replace('batchSize: 16', 'batchSize: 1'))
    await page.getByText(/^Line \d+: runs\.0\.config\.train\.batchSize: At least 2/).waitFor()
    await text.fill(yaml.replace('batchSize: 16', 'batchSize: 24'))
    await page.getByText('One run, every value in its range').waitFor()
    const changes = page.locator('section', { has: page.getByRole('heading', { name: /^Changes from/ }) })
    expect(await changes.textContent()).toContain('Batch size16 → 24')
    await page.getByRole('radio', { name: 'Form' }).click()
    expect(await page.getByLabel('Batch size', { exact: true }).inputValue()).toBe('24')
    await photograph('new-clone', `/runs/new?from=${ids['warmup seed=1']}`, (p) => p.getByText('None yet: every setting is as in'))
  })

  it('teaches a student: a teacher is chosen in the form, a file that is not there refused at its field, the loss drawn', async () => {
    await page.goto('/runs/new')
    await page.getByRole('radio', { name: /^Distillation/ }).check({ force: true })
    const teacher = page.getByLabel('Teacher', { exact: true })
    await teacher.click()
    await page.getByRole('dialog', { name: 'Choose a run' }).getByRole('button', { name: 'A file of scores' }).click()
    const file = page.getByLabel('File of scores')
    await file.fill('/nowhere/scores.tsv')
    for (const [label, value] of Object.entries({ Name: 'student', 'Optimizer steps': '20', 'Batch size': '8', Checkpoints: '1', 'Mining depth': '10' })) await page.getByLabel(label, { exact: true }).fill(value)
    await page.getByText('Read the teacher’s scores').waitFor()
    await page.getByRole('button', { name: 'Launch the run' }).click()
    await page.getByText('/nowhere/scores.tsv is no file on this server').first().waitFor()
    expect(await file.getAttribute('aria-invalid')).toBe('true')
    await teacher.click()
    await page.getByRole('dialog', { name: 'Choose a run' }).getByRole('button', { name: /^warmup seed=1\b/ }).click()
    await page.getByText('Score with the teacher').waitFor()
    await page.getByRole('button', { name: 'Launch the run' }).click()
    await page.waitForURL(/\/runs\/[^/]+$/)
    await page.getByText('taught by').getByRole('link', { name: 'warmup seed=1' }).waitFor()
    await page.getByRole('heading', { name: 'Distillation loss' }).waitFor()
    const student = await api.waitForRun((await api.runNamed('student')).id, ['succeeded'])
    expect(student.teacherRunId).toBe(ids['warmup seed=1'])
  })

  it('compares: bands over seeds, letters, differences by query, slices, and files that say the same', async () => {
    const compared = ['lexical', 'warmup seed=1', 'warmup seed=2', 'warmup seed=3'].map((name) => ids[name])
    await page.goto(`/compare?runs=${compared.join(',')}`)
    await page.getByText('Letters name the runs that a value is significantly better than').waitFor()
    await page.getByText('Line: mean over seeds; band: from the lowest to the highest.').waitFor()
    await expect.poll(() => page.locator('figure[data-chart="MRR@10"] [data-curve]').count()).toBe(2)
    await page.getByRole('radio', { name: 'Every run' }).click()
    await expect.poll(() => page.locator('figure[data-chart="MRR@10"] [data-curve]').count()).toBe(4)
    const histogram = page.locator('figure[data-chart="Differences by query"] svg')
    expect(await histogram.getAttribute('aria-label')).toMatch(/warmup seed=1 against lexical, MRR@10: \d+ won, \d+ tied, \d+ lost/)
    await page.getByLabel('Run that is compared with the first').selectOption({ label: 'warmup seed=3' })
    await expect.poll(() => histogram.getAttribute('aria-label')).toContain('warmup seed=3 against lexical')
    // The slices are the queries: their numbers add up.
    const slices = page.getByRole('region', { name: 'By kind of query, table' })
    const n = (await api.run(ids.lexical)).evaluations[0].n
    const counts = async (slice: RegExp) => (await Promise.all((await slices.locator('tr').filter({ has: page.getByRole('rowheader', { name: slice }) }).all()).map(async (row) => Number(await row.locator('td').first().textContent())))).reduce((a, b) => a + b, 0)
    expect(await counts(/ words/)).toBe(n)
    expect(await counts(/BM25|among/)).toBe(n)
    await page.getByRole('button', { name: 'Export' }).click()
    const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV of every number' }).click()])
    const lines = fs.readFileSync((await csv.path())!, 'utf8').trim().split('\r\n')
    expect(lines).toHaveLength(1 + 4 * 3)
    expect(Number(lines[1].split(',')[5])).toBeCloseTo((await api.run(ids.lexical)).evaluations[0].measures['MRR@10']!, 9)
    await page.getByRole('button', { name: 'Export' }).click()
    const [tex] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'LaTeX file' }).click()])
    expect(fs.readFileSync((await tex.path())!, 'utf8')).toMatch(/\\toprule[\s\S]*warmup seed=1[\s\S]*\\bottomrule/)
    await photograph('compare-seeds', `/compare?runs=${compared.join(',')}`, (p) => p.locator('figure[data-chart="Value by query"] svg'))
    await page.goto(`/compare?runs=${ids.lexical},gone`)
    await page.getByText('One run of this link does not exist any more').waitFor()
  })

  it('puts our runs beside the paper’s, with reasons, and leads to a launch', async () => {
    await page.goto('/paper')
    const model = page.locator('tr[data-model="in-batch"]')
    await model.getByRole('link', { name: /^warmup seed/ }).waitFor()
    expect(await model.textContent()).toMatch(/0\.264.*0\.\d{3}.*not comparable/)
    await page.getByText('is not the paper’s collection').waitFor()
    await page.locator('summary', { hasText: 'In-batch Neg' }).click()
    await page.getByText(/50 documents; the paper’s has 8,841,823/).waitFor()
    await photograph('paper', '/paper', (p) => p.getByText('Why they differ'))
    await page.getByRole('radio', { name: 'Documents' }).click()
    await expect.poll(() => model.textContent()).toContain('0.320')
    await page.getByRole('link', { name: 'Reproduce STAR' }).first().click()
    await page.waitForURL(/\/runs\/new\?recipe=star/)
    await page.getByRole('radio', { name: /^STAR/ }).waitFor()
    expect(await page.getByRole('radio', { name: /^STAR/ }).isChecked()).toBe(true)
  })

  it('writes a report with live charts, and takes it away as a file that needs no server', async () => {
    await page.goto('/reports')
    await page.getByRole('button', { name: 'New report' }).click()
    await page.getByLabel('Title').fill('What seeds do')
    const text = page.getByRole('textbox', { name: 'Text of the report, in Markdown' })
    await text.fill('# Findings\n\nSeeds **matter**. <script>alert(1)</script>\n\n![x](https://example.com/x.png)\n')
    for (const kind of ['chart', 'table']) {
      await page.getByRole('button', { name: `Put in a ${kind}` }).click()
      await page.getByRole('button', { name: 'Choose runs' }).click()
      for (const name of ['lexical', 'warmup seed=1']) await page.getByRole('dialog', { name: 'Runs to compare' }).getByRole('checkbox', { name }).check()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Put it in' }).click()
    }
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'What seeds do' }).waitFor()
    await page.locator('figure[data-chart] [data-curve]').nth(1).waitFor({ state: 'attached' })
    await page.getByRole('heading', { name: 'Findings', level: 2 }).waitFor()
    const { pathname } = new URL(page.url())
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'HTML file' }).click()])
    const file = path.join(scene.data, download.suggestedFilename())
    await download.saveAs(file)
    expect(path.basename(file)).toBe('what-seeds-do.html')
    const offline = await scene.browser.newPage()
    const requests: string[] = []
    offline.on('request', (request) => requests.push(request.url()))
    await offline.goto(`file://${file}`)
    await offline.getByRole('heading', { name: 'What seeds do', level: 1 }).waitFor()
    expect(requests).toEqual([`file://${file}`])
    expect(await offline.locator('figure svg path').count()).toBeGreaterThan(1)
    const measures = (await api.run(ids.lexical)).evaluations[0].measures
    expect(await offline.locator('table').textContent()).toContain(measures['MRR@10']!.toFixed(3))
    expect(await offline.locator('button, script, img').count()).toBe(0)
    await offline.screenshot({ path: path.join(scene.data, 'report.png'), fullPage: true })
    await offline.close()
    await photograph('report', pathname, (p) => p.locator('figure[data-chart] svg'))
    await photograph('report-edit', `${pathname}?edit=1`, (p) => p.locator('figure[data-chart] svg'))
    // Two people at once: the second is told, and keeps the text.
    await page.getByRole('button', { name: 'Edit' }).click()
    await text.waitFor()
    const report = (await (await fetch(`${scene.server.url}/api${pathname}`)).json()) as { title: string; body: string; changedAt: string }
    await fetch(`${scene.server.url}/api${pathname}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title: report.title, body: 'Other.', changedAt: report.changedAt }) })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText(/has changed the report at/).waitFor()
    expect(await text.inputValue()).toContain('Seeds **matter**')
    await page.goto('/reports/none')
    await page.getByText('The report does not exist').waitFor()
  })

  it('has not complained in the console', () => expect(scene.errors).toEqual([]))
})
