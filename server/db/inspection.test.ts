// What the pages of a run and a data set keep in Postgres: attempts from events, judgements made here, tried queries, settings.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, exampleArtifact, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { readAttempts } from './attempts'
import { CONSOLE } from './audit'
import { judge, readJudgements } from './judgements'
import { launchRuns } from './launch'
import { changeSettings, readChosenSettings } from './settings'
import { claimStep, failStep, publishStep, releaseStep } from './steps'
import { readTry, tryQuery } from './try-query'

let fresh: FreshDatabase
let datasetId: string
let runId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
  runId = (await launchRuns(fresh.db, [warmupRun(datasetId)])).runIds[0]
})
afterAll(() => fresh.dispose())

it('tells every attempt, also those that were given back and that failed', async () => {
  const { db, dataDir } = fresh
  const { id: stepId } = await db.step.findFirstOrThrow({ where: { runId, kind: 'import' } })
  const claim = async () => {
    await db.step.update({ where: { id: stepId }, data: { retryAt: null } })
    const step = (await claimStep(db, { stepId, workerId: 'w', leaseMs: 10_000 }))!
    return { fence: { stepId, attempt: step.attempt, workerId: 'w' }, step }
  }
  await db.step.deleteMany({ where: { datasetId } })
  await releaseStep(db, (await claim()).fence)
  await failStep(db, (await claim()).fence, { reason: 'it was killed', cause: 'lost-worker' })
  const { fence, step } = await claim()
  await publishStep(db, fence, exampleArtifact(dataDir, step))
  const attempts = (await readAttempts(db, runId)).filter((each) => each.stepId === stepId)
  expect(attempts.map(({ attempt, state }) => [attempt, state])).toEqual([[1, 'queued'], [2, 'queued'], [3, 'succeeded']])
  expect(attempts[1].reason).toContain('it was killed')
  expect(attempts.every(({ startedAt, endedAt }) => endedAt !== null && endedAt >= startedAt)).toBe(true)
})

it('keeps one judgement a pair, and takes it back', async () => {
  const { db } = fresh
  for (const grade of [1, 0, 2]) await judge(db, datasetId, { queryRow: 4, docRow: 7, grade }, CONSOLE)
  await judge(db, datasetId, { queryRow: 1, docRow: 2, grade: 0 }, CONSOLE)
  expect((await readJudgements(db, datasetId)).map(({ queryRow, docRow, grade, by }) => [queryRow, docRow, grade, by])).toEqual([[1, 2, 0, 'console'], [4, 7, 2, 'console']])
  await judge(db, datasetId, { queryRow: 4, docRow: 7, grade: null }, CONSOLE)
  expect(await readJudgements(db, datasetId, 4)).toEqual([])
  await expect(judge(db, 'none', { queryRow: 0, docRow: 0, grade: 1 }, CONSOLE)).rejects.toMatchObject({ code: 'not-found' })
})

it('tries a query as a step without a run, refuses what was removed, and does not change the run', async () => {
  const { db, dataDir } = fresh
  await expect(tryQuery(db, runId, { text: 'fox' })).rejects.toMatchObject({ code: 'not-found' })
  await workAll(db, dataDir)
  const id = await tryQuery(db, runId, { text: 'fox' })
  expect(await readTry(db, id)).toMatchObject({ state: 'queued', reason: expect.stringContaining('No worker runs'), result: null })
  const step = (await claimStep(db, { stepId: id, workerId: 'w', leaseMs: 10_000 }))!
  await publishStep(db, { stepId: id, attempt: step.attempt, workerId: 'w' }, { ...exampleArtifact(dataDir, step), result: { docRows: [3], scores: [0.5] } })
  expect(await readTry(db, id)).toMatchObject({ state: 'succeeded', result: { docRows: [3], scores: [0.5] } })
  // The same text again is the same artifact.
  expect(await readTry(db, await tryQuery(db, runId, { text: 'fox' }))).toMatchObject({ state: 'succeeded' })
  expect((await db.run.findUniqueOrThrow({ where: { id: runId } })).state).toBe('succeeded')
  await db.artifact.deleteMany({ where: { kind: 'encode' } })
  await expect(tryQuery(db, runId, { text: 'owl' })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('removed to make room') })
})

it('keeps what is set, and has defaults', async () => {
  const { db } = fresh
  expect(await readChosenSettings(db)).toEqual({ retention: { olderThanDays: 7, keepLast: 1 }, defaultPriority: 0 })
  await changeSettings(db, { defaultPriority: 1 }, CONSOLE)
  await changeSettings(db, { retention: { olderThanDays: 30, keepLast: 2 } }, CONSOLE)
  expect(await readChosenSettings(db)).toEqual({ retention: { olderThanDays: 30, keepLast: 2 }, defaultPriority: 1 })
})
