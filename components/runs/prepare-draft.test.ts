// Fresh names, followed references and possible start runs.
import { describe, expect, it } from 'vitest'
import type { ModelSummary } from '@/contract/model'
import { PRESETS } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
import { makeRun } from '@/components/sample-run'
import { draftChanges, draftFromPreset, draftFromRun, givenChoices, renameRun, startOptions } from './prepare-draft'
import { decodeStart, encodeStart } from './prepare-start'
import { describeTeacher, type TeachableConfig, teacherOptions, withTeacher } from './prepare-teacher'

const preset = (id: string) => PRESETS.find((candidate) => candidate.id === id)!
const existing = [makeRun({ id: 'w', name: 'warmup', datasetId: 'd', state: 'succeeded' }), makeRun({ id: 'a', name: 'adore', method: 'adore', datasetId: 'd', state: 'succeeded' }), makeRun({ id: 'x', name: 'elsewhere', datasetId: 'other', state: 'succeeded' })]

const imported: ModelSummary = { id: 'm', name: 'minilm', source: { kind: 'folder', folder: '/m' }, options: {}, state: 'ready', reason: null, info: null, progress: null, runCount: 0, createdAt: '2026-01-01T00:00:00.000Z' }

describe('a draft', () => {
  it('takes what a link proposes, where a run can: texts are cut to what the model takes', () => {
    const small = { ...imported, info: { longestText: 68 } as ModelSummary['info'] }
    expect(draftFromPreset(preset('zero-shot'), 'd', existing, { model: small, docsFrom: 'evaluate/star', negativesFrom: 'x' })[0].config).toMatchObject({ start: { kind: 'model', modelId: 'm', maxQueryTokens: 32, maxDocTokens: 68 }, docsFrom: 'evaluate/star' })
    expect(draftFromPreset(preset('star'), 'd', existing, { negativesFrom: 'warmup_retrieve', docsFrom: 'x' })[0].config).toMatchObject({ start: { kind: 'run' }, negativesFrom: 'warmup_retrieve' })
    expect(draftFromPreset(preset('bm25'), 'd', existing, { model: imported })[0].config).not.toHaveProperty('start')
    expect(draftFromPreset(preset('pipeline'), 'd', existing, { model: imported }).map(({ config }) => ('start' in config ? config.start?.kind : null))).toEqual([null, 'model', 'sibling', 'sibling'])
    expect(decodeStart('model:m', [small])).toMatchObject({ modelId: 'm', maxDocTokens: 68 })
  })
  it('takes names that are free, and references follow', () => {
    const runs = draftFromPreset(preset('pipeline'), 'd', existing)
    expect(runs.map((run) => run.name)).toEqual(['bm25', 'warmup-2', 'star', 'adore-2'])
    expect(runs[2].config).toMatchObject({ start: { kind: 'sibling', name: 'warmup-2' } })
    expect(renameRun(runs, 1, 'mine')[2].config).toMatchObject({ start: { kind: 'sibling', name: 'mine' } })
  })
  it('starts from the newest run that can serve', () => {
    expect(draftFromPreset(preset('star'), 'd', existing)[0].config).toMatchObject({ start: { kind: 'run', runId: 'w' } })
    expect(draftFromPreset(preset('star'), 'nothing here', existing)[0].config).toMatchObject({ start: { kind: 'run', runId: '' } })
  })
  it('offers only runs that can serve', () => {
    const [star] = draftFromPreset(preset('star'), 'd', existing)
    expect(startOptions([star], 0, existing).runs.map((option) => option.value)).toEqual(['run:w'])
    const pipeline = draftFromPreset(preset('pipeline'), 'd', [])
    expect(startOptions(pipeline, 3, []).siblings.map((option) => option.value)).toEqual(['sibling:warmup', 'sibling:star'])
    expect(decodeStart(encodeStart({ kind: 'sibling', name: 'a:b' }))).toEqual({ kind: 'sibling', name: 'a:b' })
  })
  it('offers what came with the data set, embeddings only for a model', () => {
    const given = [{ name: 'evaluate/star', dim: 768, rankings: [], negatives: false }, { name: 'warmup_retrieve', dim: null, rankings: [], negatives: true }]
    const choices = (id: string, model: string | null) => givenChoices(draftFromPreset(preset(id), 'd', existing, model === null ? {} : { model: imported })[0].config, given).map(({ name, folders }) => [name, ...folders])
    expect(choices('star', null)).toEqual([['negativesFrom', 'warmup_retrieve']])
    expect(choices('star', 'm')).toEqual([['negativesFrom', 'warmup_retrieve'], ['docsFrom', 'evaluate/star']])
    expect(choices('zero-shot', 'm')).toEqual([['docsFrom', 'evaluate/star']])
    expect(choices('in-batch', 'm')).toEqual([])
    expect(givenChoices(draftFromPreset(preset('star'), 'd', existing, { model: imported })[0].config, [])).toEqual([])
  })
  it('learns from the newest ADORE run, and keeps how when another teacher is chosen', () => {
    const [run] = draftFromPreset(preset('distillation'), 'd', existing)
    const config = run.config as TeachableConfig
    expect(config).toMatchObject({ start: { runId: 'w' }, distillation: { teacher: { kind: 'run', runId: 'a' } } })
    expect(draftFromPreset(preset('distillation'), 'd', [])[0].config).toMatchObject({ distillation: { teacher: { kind: 'run', runId: '' } } })
    expect(teacherOptions([run], 0, existing).runs.map((option) => option.value)).toEqual(['run:w', 'run:a'])
    const kl = { ...config.distillation!, loss: 'kl' as const }
    expect(withTeacher(kl, 'file')).toEqual({ ...kl, teacher: { kind: 'file', file: '' } })
    expect(withTeacher(kl, 'model:m', [imported])).toMatchObject({ loss: 'kl', teacher: { kind: 'model', modelId: 'm', maxDocTokens: 128 } })
    expect(withTeacher(kl, '')).toBeUndefined()
    const pipeline = draftFromPreset(preset('pipeline'), 'd', existing)
    const student: NewRun = { name: 'student', config: { ...pipeline[2].config, distillation: withTeacher(undefined, 'sibling:adore-2') } as TeachableConfig }
    expect(teacherOptions([...pipeline, student], 4, []).siblings.map((option) => option.value)).toEqual(['sibling:warmup-2', 'sibling:star', 'sibling:adore-2'])
    expect(renameRun([...pipeline, student], 3, 'mine')[4].config).toMatchObject({ start: { name: 'warmup-2' }, distillation: { teacher: { kind: 'sibling', name: 'mine' } } })
    expect(draftChanges(pipeline[2], student, { start: () => '', teacher: (each) => describeTeacher(each, (id) => id) })[0]).toEqual({ label: 'Teacher', before: '–', after: 'adore-2' })
  })
  it('copies a run under a new name', () => {
    expect(draftFromRun(makeRun({ name: 'warmup-3' }), [makeRun({ name: 'warmup-3' })])[0].name).toBe('warmup-2')
  })
})
