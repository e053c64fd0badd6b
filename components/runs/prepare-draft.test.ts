// Fresh names, followed references and possible start runs.
import { describe, expect, it } from 'vitest'
import type { ModelSummary } from '@/contract/model'
import { PRESETS } from '@/contract/presets'
import { type NewRun, valueAt } from '@/contract/run'
import { makeRun } from '@/components/sample-run'
import { draftChanges, draftFromPreset, draftFromRun, givenChoices, renameRun, withFreshNames, withTestQueries } from './prepare-draft'
import { decodeStart, encodeStart, siblingStarts, startFilter } from './prepare-start'
import { describeTeacher, siblingTeachers, teacherFilter, type TeachableConfig, withTeacher } from './prepare-teacher'

const preset = (id: string) => PRESETS.find((candidate) => candidate.id === id)!

const imported: ModelSummary = { id: 'm', name: 'minilm', source: { kind: 'folder', folder: '/m' }, options: {}, state: 'ready', reason: null, info: null, progress: null, runCount: 0, createdAt: '2026-01-01T00:00:00.000Z' }

describe('a draft', () => {
  it('takes what a link proposes, where a run can: texts are cut to what the model takes', () => {
    const small = { ...imported, info: { longestText: 68 } as ModelSummary['info'] }
    expect(draftFromPreset(preset('zero-shot'), 'd', {}, { model: small, docsFrom: 'evaluate/star', negativesFrom: 'x' })[0].config).toMatchObject({ start: { kind: 'model', modelId: 'm', maxQueryTokens: 32, maxDocTokens: 68 }, docsFrom: 'evaluate/star' })
    expect(draftFromPreset(preset('star'), 'd', {}, { negativesFrom: 'warmup_retrieve', docsFrom: 'x' })[0].config).toMatchObject({ start: { kind: 'run' }, negativesFrom: 'warmup_retrieve' })
    expect(draftFromPreset(preset('bm25'), 'd', {}, { model: imported })[0].config).not.toHaveProperty('start')
    expect(draftFromPreset(preset('pipeline'), 'd', {}, { model: imported }).map(({ config }) => ('start' in config ? config.start?.kind : null))).toEqual([null, 'model', 'sibling', 'sibling'])
    expect(decodeStart('model:m', [small])).toMatchObject({ modelId: 'm', maxDocTokens: 68 })
  })
  it('takes names that are free, and references follow', () => {
    const runs = withFreshNames(draftFromPreset(preset('pipeline'), 'd', {}), new Set(['warmup', 'adore', 'elsewhere']))
    expect(runs.map((run) => run.name)).toEqual(['bm25', 'warmup-2', 'star', 'adore-2'])
    expect(runs[2].config).toMatchObject({ start: { kind: 'sibling', name: 'warmup-2' } })
    expect(renameRun(runs, 1, 'mine')[2].config).toMatchObject({ start: { kind: 'sibling', name: 'mine' } })
  })
  it('starts from the run that it is given, where it starts from one that is there', () => {
    expect(draftFromPreset(preset('star'), 'd', { start: 'w' })[0].config).toMatchObject({ start: { kind: 'run', runId: 'w' } })
    expect(draftFromPreset(preset('pipeline'), 'd', { start: 'w' }).map(({ config }) => ('start' in config ? config.start?.kind : null))).toEqual([null, null, 'sibling', 'sibling'])
  })
  it('judges the test queries where there are some', () => {
    const counts = (test: number) => ({ counts: { docs: 1, queries: { train: 1, dev: 1, test, lead: 0 }, positives: { train: 1, dev: 1, test, lead: 0 } } })
    const [, run] = preset('paper').runs('d')
    expect([counts(43), counts(0), { counts: null }, undefined].map((dataset) => valueAt(withTestQueries(run, dataset).config, 'testQueries'))).toEqual(['last', 'none', 'none', 'none'])
  })
  it('offers only runs that can serve', () => {
    expect(startFilter('star', 'd')).toBe('config.datasetId=d;method!=bm25;method!=adore;method!=zero-shot;method!=external;method!=fusion;state!=failed;state!=cancelled')
    expect(startFilter('adore', 'd')).not.toContain('method!=adore')
    const pipeline = draftFromPreset(preset('pipeline'), 'd', {})
    expect(siblingStarts(pipeline, 3).map((option) => option.value)).toEqual(['sibling:warmup', 'sibling:star'])
    expect(decodeStart(encodeStart({ kind: 'sibling', name: 'a:b' }))).toEqual({ kind: 'sibling', name: 'a:b' })
  })
  it('offers what came with the data set, embeddings only for a model', () => {
    const given = [{ name: 'evaluate/star', dim: 768, rankings: [], negatives: false }, { name: 'warmup_retrieve', dim: null, rankings: [], negatives: true }]
    const choices = (id: string, model: string | null) => givenChoices(draftFromPreset(preset(id), 'd', {}, model === null ? {} : { model: imported })[0].config, given).map(({ name, folders }) => [name, ...folders])
    expect(choices('star', null)).toEqual([['negativesFrom', 'warmup_retrieve']])
    expect(choices('star', 'm')).toEqual([['negativesFrom', 'warmup_retrieve'], ['docsFrom', 'evaluate/star']])
    expect(choices('zero-shot', 'm')).toEqual([['docsFrom', 'evaluate/star']])
    expect(choices('in-batch', 'm')).toEqual([])
    expect(givenChoices(draftFromPreset(preset('star'), 'd', {}, { model: imported })[0].config, [])).toEqual([])
  })
  it('learns from the run that it is given, and keeps how when another teacher is chosen', () => {
    const [run] = draftFromPreset(preset('distillation'), 'd', { start: 'w', teacher: 'a' })
    const config = run.config as TeachableConfig
    expect(config).toMatchObject({ start: { runId: 'w' }, distillation: { teacher: { kind: 'run', runId: 'a' } } })
    expect(draftFromPreset(preset('distillation'), 'd', {})[0].config).toMatchObject({ distillation: { teacher: { kind: 'run', runId: '' } } })
    expect(teacherFilter('d')).toBe('config.datasetId=d;method!=bm25;method!=zero-shot;method!=external;method!=fusion;state!=failed;state!=cancelled')
    const kl = { ...config.distillation!, loss: 'kl' as const }
    expect(withTeacher(kl, 'file')).toEqual({ ...kl, teacher: { kind: 'file', file: '' } })
    expect(withTeacher(kl, 'model:m', [imported])).toMatchObject({ loss: 'kl', teacher: { kind: 'model', modelId: 'm', maxDocTokens: 128 } })
    expect(withTeacher(kl, '')).toBeUndefined()
    const pipeline = draftFromPreset(preset('pipeline'), 'd', {})
    const student: NewRun = { name: 'student', config: { ...pipeline[2].config, distillation: withTeacher(undefined, 'sibling:adore') } as TeachableConfig }
    expect(siblingTeachers([...pipeline, student], 4).map((option) => option.value)).toEqual(['sibling:warmup', 'sibling:star', 'sibling:adore'])
    expect(renameRun([...pipeline, student], 3, 'mine')[4].config).toMatchObject({ start: { name: 'warmup' }, distillation: { teacher: { kind: 'sibling', name: 'mine' } } })
    expect(draftChanges(pipeline[2], student, { start: () => '', teacher: (each) => describeTeacher(each, (id) => id) })[0]).toEqual({ label: 'Teacher', before: '–', after: 'adore' })
    const clone = draftFromRun(makeRun({ config: student.config, startRunId: 'w', teacherRunId: 'a' }))[0].config
    expect(clone).toMatchObject({ start: { kind: 'run', runId: 'w' }, distillation: { teacher: { kind: 'run', runId: 'a' } } })
  })
  it('copies a run under a new name', () => {
    expect(withFreshNames(draftFromRun(makeRun({ name: 'warmup-3' })), new Set(['warmup-3', 'warmup']))[0].name).toBe('warmup-2')
  })
})
