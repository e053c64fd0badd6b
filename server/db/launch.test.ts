import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '@/contract/errors'
import { DISTILLATION_DEFAULTS } from '@/contract/presets'
import type { RunConfig } from '@/contract/run'
import { bm25Run, createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { retryRun } from './retry'
import { cancelRun, deleteRun, readRun } from './runs'
import { claimStep, failStep, publishStep } from './steps'
import { exampleArtifact } from '@/tests/launch-examples'
import { readPerQueryValues } from './evaluations'
import { takeStep } from './queue'

let fresh: FreshDatabase
let datasetId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
})
afterAll(() => fresh.dispose())

const artifacts = () => `${fresh.dataDir}/artifacts`
const steps = async (runId: string) => (await readRun(fresh.db, runId)).steps.map((s) => `${s.label}: ${s.state}${s.reused ? ' (reused)' : ''}`)

describe('launch', () => {
  it('plans a pipeline in one transaction and says what each step waits for', async () => {
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId), starRun(datasetId, { kind: 'sibling', name: 'warmup' })])
    const star = await readRun(fresh.db, runIds[1])
    expect(star.startRunId).toBe(runIds[0])
    expect(star.steps[0]).toMatchObject({ label: 'Import', state: 'queued' })
    expect(star.steps.find((s) => s.label === 'Search at 0')).toMatchObject({ state: 'waiting', reason: 'Waits for “Import”' })
    expect(star.steps.find((s) => s.label === 'Evaluate at 0')!.reason).toBe('Waits for “Import”')
    const labels = await workAll(fresh.db, fresh.dataDir)
    expect(labels.filter((label) => label === 'Import')).toHaveLength(1)
    const after = await readRun(fresh.db, runIds[1])
    expect(after.state).toBe('succeeded')
    // the warm-up's last search and evaluation are the start's
    expect(after.steps.filter((s) => s.reused).map((s) => s.label)).toEqual(['Import', 'Tokenise', 'Search at 0', 'Evaluate at 0'])
    expect(after.evaluations.map((e) => e.checkpointStep)).toEqual([0, 2, 4])
  })

  it('reuses a whole run that was made before, with its evaluations and values per query', async () => {
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'again')])
    const run = await readRun(fresh.db, runIds[0])
    expect(run.state).toBe('succeeded')
    expect(run.steps.every((s) => s.reused)).toBe(true)
    const values = await readPerQueryValues(fresh.db, runIds[0])
    expect(values).toMatchObject({ checkpointStep: 4, rows: [4, 5], values: { 'MRR@10': [1, 0.5] } })
  })

  it('delivers steps of earlier runs first', async () => {
    while (await takeStep(fresh.db));
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'first', 50), bm25Run(datasetId, 'second')])
    const taken = [await takeStep(fresh.db), await takeStep(fresh.db), await takeStep(fresh.db)]
    const rows = await Promise.all(taken.map((id) => (id ? fresh.db.step.findUnique({ where: { id } }) : null)))
    expect(rows.map((r) => r?.runId ?? null)).toEqual([runIds[0], runIds[1], null])
    for (const id of runIds) await cancelRun(fresh.db, id)
  })

  it('fails runs that wait for a run that failed, and lets both go on', async () => {
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'doomed', 7), starRun(datasetId, { kind: 'sibling', name: 'doomed' }), starRun(datasetId, { kind: 'sibling', name: 'star' }, 'star2')])
    const train = (await readRun(fresh.db, runIds[0])).steps.find((s) => s.kind === 'train')!
    const claimed = await claimStep(fresh.db, { stepId: train.id, workerId: 'w', leaseMs: 1000 })
    await failStep(fresh.db, { stepId: train.id, attempt: claimed!.attempt, workerId: 'w' }, { reason: 'loss is NaN', cause: 'bug' })
    const states = await Promise.all(runIds.map((id) => readRun(fresh.db, id)))
    expect(states.map((r) => r.state)).toEqual(['failed', 'failed', 'failed'])
    expect(states[1].reason).toBe('The run it starts from, “doomed”, failed: “Train to 2” failed: loss is NaN')
    await expect(retryRun(fresh.db, runIds[1])).rejects.toThrow(/cannot go on/)
    for (const id of runIds) await retryRun(fresh.db, id)
    await workAll(fresh.db, fresh.dataDir)
    expect((await readRun(fresh.db, runIds[2])).state).toBe('succeeded')
  })

  it('fails a student whose teacher failed, with its reason', async () => {
    const student = starRun(datasetId, { kind: 'run', runId: (await fresh.db.run.findFirstOrThrow({ where: { name: 'warmup' } })).id }, 'student')
    const distillation = { ...DISTILLATION_DEFAULTS, teacher: { kind: 'sibling', name: 'tutor' } }
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'tutor', 8), { ...student, config: { ...student.config, distillation } as RunConfig }])
    const train = (await readRun(fresh.db, runIds[0])).steps.find((s) => s.kind === 'train')!
    const claimed = await claimStep(fresh.db, { stepId: train.id, workerId: 'w', leaseMs: 1000 })
    await failStep(fresh.db, { stepId: train.id, attempt: claimed!.attempt, workerId: 'w' }, { reason: 'loss is NaN', cause: 'bug' })
    expect(await readRun(fresh.db, runIds[1])).toMatchObject({ state: 'failed', reason: 'The run it learns from, “tutor”, failed: “Train to 2” failed: loss is NaN' })
    for (const id of runIds.toReversed()) await deleteRun(fresh.db, id, artifacts())
  })

  it('refuses to delete a run that others start from, then deletes from the end', async () => {
    const runs = await fresh.db.run.findMany({ where: { name: { in: ['doomed', 'star2'] } } })
    const doomed = runs.find((r) => r.name === 'doomed')!
    await expect(deleteRun(fresh.db, doomed.id, artifacts())).rejects.toThrow(/starts from run doomed/)
    const { folders } = await deleteRun(fresh.db, runs.find((r) => r.name === 'star2')!.id, artifacts())
    expect(folders.length).toBeGreaterThan(0)
    expect(await fresh.db.artifact.count({ where: { kind: 'import' } })).toBe(1)
  })

  it('two runs that need the same artifact make it once', async () => {
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'a', 9), warmupRun(datasetId, 'b', 9)])
    const [a, b] = await Promise.all(runIds.map(async (id) => (await readRun(fresh.db, id)).steps.find((s) => s.kind === 'train')!))
    const first = await claimStep(fresh.db, { stepId: a.id, workerId: 'w', leaseMs: 5000 })
    expect(await claimStep(fresh.db, { stepId: b.id, workerId: 'v', leaseMs: 5000 })).toBeNull()
    await publishStep(fresh.db, { stepId: a.id, attempt: first!.attempt, workerId: 'w' }, exampleArtifact(fresh.dataDir, first!))
    expect((await steps(runIds[1]))[2]).toBe('Train to 2: succeeded (reused)')
    await workAll(fresh.db, fresh.dataDir)
  })

  it('names the field of the run that is wrong, and launches none', async () => {
    const before = await fresh.db.run.count()
    const error: AppError = await launchRuns(fresh.db, [bm25Run(datasetId, 'x'), starRun(datasetId, { kind: 'sibling', name: 'x' })]).then(() => expect.fail('launched'), (e) => e)
    expect(error).toMatchObject({ code: 'bad-input', fields: { 'runs.1.config.start.runId': expect.stringContaining('no weights') } })
    expect(await fresh.db.run.count()).toBe(before)
  })
})
