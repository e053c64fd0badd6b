// What planSteps promises: equal work has equal keys over runs, different work has different ones, inputs come before their use.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Distillation } from './distillation'
import type { AppError } from './errors'
import { needsOf, ownCodes } from './needs'
import { checkpointSteps, planSteps, type Lineage, type TeacherLineage } from './pipeline'
import { canonicalJson, type StepPlan } from './step'
import { demoPipeline, DISTILLATION_DEFAULTS } from './presets'
import { RunConfig } from './run'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const source = { source: { kind: 'wordnet' }, fingerprint: 'f' } as const
const [bm25, warmup, star, adore] = demoPipeline('data').map((run) => run.config)
const lineage = (config: RunConfig, start: Lineage | null = null): Lineage => ({ config, import: source, start })
const plan = (l: Lineage) => planSteps(l, hash)
const keys = (steps: StepPlan[], kind: StepPlan['kind'], at: number | null) => steps.filter((s) => s.kind === kind && s.checkpointStep === at).map((s) => s.key)

const warm = lineage(warmup)
const starred = lineage(star, warm)
const adored = lineage(adore, starred)

describe('planSteps', () => {
  test('every input comes before its use, in every run of the demo', () => {
    const known = new Set<string>()
    for (const l of [lineage(bm25), warm, starred, adored])
      for (const step of plan(l)) {
        for (const input of Object.values(step.inputs)) if (input !== undefined) expect(known.has(input), step.label).toBe(true)
        known.add(step.key)
      }
  })

  test('a run starts from the very artifacts of the run before: the start is judged without work', () => {
    const last = warmup.method === 'in-batch' ? warmup.train.steps : Number.NaN
    expect(keys(plan(starred), 'evaluate', 0)).toEqual(keys(plan(warm), 'evaluate', last))
    const search = plan(starred).find((s) => s.kind === 'retrieve' && s.params.split === 'train')!
    expect(search.inputs).toMatchObject({ docs: keys(plan(warm), 'encode', last)[0], checkpoint: keys(plan(warm), 'train', last)[0] })
  })

  test('the test queries are searched and judged once, at the last checkpoint, and only where that is asked for', () => {
    const tested = (config: RunConfig, start: Lineage | null = null) => plan(lineage({ ...config, testQueries: 'last' } as RunConfig, start)).filter(({ params }) => 'split' in params && params.split === 'test')
    const last = warmup.method === 'in-batch' ? warmup.train.steps : Number.NaN
    expect(tested(warmup).map(({ kind, checkpointStep }) => [kind, checkpointStep])).toEqual([['retrieve', last], ['evaluate', last]])
    expect(tested(bm25).map(({ kind, checkpointStep }) => [kind, checkpointStep])).toEqual([['bm25-retrieve', null], ['evaluate', 0]])
    expect(tested(star, warm)).toHaveLength(2)
    const without = plan(warm)
    expect(without.some(({ params }) => 'split' in params && params.split === 'test')).toBe(false)
    // what both runs do is the same work
    expect(keys(plan(lineage({ ...warmup, testQueries: 'last' } as RunConfig)), 'train', last)).toEqual(keys(without, 'train', last))
  })

  test('ADORE encodes no documents: all its searches use those of its start', () => {
    const steps = plan(adored)
    expect(steps.some((s) => s.kind === 'encode')).toBe(false)
    expect(new Set(steps.flatMap((s) => (s.kind === 'retrieve' ? [s.inputs.docs] : []))).size).toBe(1)
  })

  test('a model is searched with as it is by a zero-shot run, which has nothing to start from', () => {
    const encoder = warmup.method === 'in-batch' ? warmup.encoder : null
    const config: RunConfig = { method: 'zero-shot', datasetId: 'data', seed: 1, depth: 100, device: 'auto', start: { kind: 'model', modelId: 'm', maxQueryTokens: 8, maxDocTokens: 8 } }
    const model = { import: { source: { kind: 'folder', folder: '/m' }, options: {}, fingerprint: 'f' }, encoder: encoder! } as const
    expect(plan({ ...lineage(config), model }).map(({ kind, checkpointStep }) => [kind, checkpointStep])).toEqual([['import', null], ['import-model', null], ['tokenise', null], ['encode', 0], ['retrieve', 0], ['evaluate', 0]])
    expect(() => plan(lineage(config))).toThrow(/needs an imported model/)
    expect(() => plan(lineage(star, lineage(config)))).toThrow(/no weights of its own; start from its model/)
  })

  test('names and labels do not count, parameters do', () => {
    const [first] = keys(plan(warm), 'train', 300)
    expect(keys(plan(lineage({ ...warmup, seed: warmup.seed })), 'train', 300)).toEqual([first])
    expect(keys(plan(lineage({ ...warmup, seed: warmup.seed + 1 })), 'train', 300)).not.toEqual([first])
    expect(keys(plan({ ...warm, import: { ...source, fingerprint: 'g' } }), 'train', 300)).not.toEqual([first])
  })

  test('single precision is what runs had before there was a choice, half is another training', () => {
    const { precision: _single, ...before } = (warmup as Extract<RunConfig, { method: 'in-batch' }>).train
    const planned = (train: object) => keys(plan(lineage({ ...warmup, train } as RunConfig)), 'train', 300)
    const [first] = keys(plan(warm), 'train', 300)
    expect(planned(before)).toEqual([first])
    expect(planned({ ...before, precision: 'half' })).not.toEqual([first])
  })

  test('what is judged here changes the mining and what is trained after it, nothing before', () => {
    const before = plan(lineage(star, warm))
    const after = plan(lineage({ ...star, excluded: { key: 'k', pairs: 1 } } as RunConfig, warm))
    expect(before.map((step, i) => [step.kind, step.key === after[i].key]).filter(([, same]) => !same).map(([kind]) => kind)[0]).toBe('mine')
    expect(after.find((step) => step.kind === 'mine')!.inputs).toMatchObject({ excluded: 'k' })
  })

  describe('a teacher', () => {
    const taught = (settings: Partial<Distillation> = {}, config = star) => ({ ...config, distillation: { ...DISTILLATION_DEFAULTS, teacher: { kind: 'sibling', name: 't' }, ...settings } }) as RunConfig
    const by = (teacher: TeacherLineage | null, config = taught()) => plan({ ...lineage(config, warm), teacher })
    const file = { kind: 'file', file: '/scores.tsv', fingerprint: '10:1' } as const

    test('that is a run scores what was mined with its own query encoder and the documents that it searches', () => {
      const steps = by({ kind: 'run', run: adored })
      const scoring = steps.find((step) => step.kind === 'teacher-scores')!
      const last = keys(plan(adored), 'train', adore.method === 'adore' ? adore.train.steps : Number.NaN)
      expect(scoring.inputs).toMatchObject({ checkpoint: last[0], docs: plan(adored).find((step) => step.kind === 'train')!.inputs.docs, negatives: steps.find((step) => step.kind === 'mine')!.key })
      expect(steps.filter((step) => step.kind === 'train').every((step) => step.inputs.teacher === scoring.key)).toBe(true)
      // the same without it: what comes before training is shared
      const without = plan(starred)
      expect(steps.filter((step) => !without.some(({ key }) => key === step.key)).map((step) => step.kind).slice(0, 2)).toEqual(['teacher-scores', 'train'])
    })

    test('that is a file brings the negatives: nothing is searched for them', () => {
      const steps = by(file)
      const scores = steps.find((step) => step.kind === 'teacher-scores')!
      expect(steps.find((step) => step.kind === 'mine')!.inputs).toMatchObject({ ranking: scores.key })
      expect(steps.some(({ params }) => 'split' in params && params.split === 'train' && 'depth' in params)).toBe(false)
      expect(() => by(file, { ...taught(), negativesFrom: 'x' } as RunConfig)).toThrow(/brings its own negatives/)
    })

    test('that is a model embeds its documents; no step is planned twice where the run starts from it', () => {
      const model = { import: { source: { kind: 'folder', folder: '/m' }, options: {}, fingerprint: 'f' }, encoder: warmup.method === 'in-batch' ? warmup.encoder : null! } as const
      const steps = by({ kind: 'model', model })
      expect(steps.map((step) => step.kind)).toEqual(expect.arrayContaining(['import-model', 'teacher-scores']))
      const same = plan({ ...lineage(taught()), model, teacher: { kind: 'model', model } })
      expect(new Set(same.map(({ key }) => key)).size).toBe(same.length)
      expect(same.find((step) => step.kind === 'teacher-scores')!.inputs).toMatchObject({ docs: keys(same, 'encode', 0)[0] })
    })

    test('changes the keys of training with everything that is learned from it, and needs code that knows of teachers', () => {
      const trained = (settings: Partial<Distillation>) => by(file, taught(settings)).find((step) => step.kind === 'train')!
      const [first, ...others] = [{}, { loss: 'kl' as const }, { weight: 2 }, { labelWeight: 0 }, { temperature: 9 }].map(trained)
      expect(new Set([first, ...others].map(({ key }) => key)).size).toBe(5)
      expect(by({ ...file, fingerprint: '11:2' }).find((step) => step.kind === 'train')!.key).not.toBe(first.key)
      expect(needsOf(first, 0).code).not.toBe(needsOf(plan(starred).find((step) => step.kind === 'train')!, 0).code)
      expect(ownCodes()).toContain(needsOf(first, 0).code)
    })

    test('that cannot serve is refused at the field', () => {
      const fields = (make: () => unknown) => {
        try {
          make()
        } catch (error) {
          return (error as AppError).fields
        }
      }
      for (const teacher of [null, { kind: 'run', run: lineage(bm25) }, { kind: 'run', run: lineage({ ...warmup, datasetId: 'other' }) }] as const) expect(Object.keys(fields(() => by(teacher))!)).toEqual(['config.distillation.teacher.runId'])
    })

    test('needs static negatives and a weight', () => {
      const issues = (config: unknown) => RunConfig.safeParse(config).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      expect(issues({ ...taught(), start: { kind: 'run', runId: 'r' } })).toBeUndefined()
      for (const config of [warmup, adore]) expect(issues(taught({}, config))).toEqual(['distillation: A teacher scores static negatives: choose BM25 negatives or STAR, or leave the teacher out'])
      expect(issues(taught({ weight: 0 }))).toEqual(['distillation.weight: Above 0: else nothing is learned from the teacher'])
    })
  })

  test('refuses a start that cannot serve, at the field', () => {
    expect(() => plan(lineage(star))).toThrow(/needs a run to start from/)
    expect(() => plan(lineage(star, lineage(bm25)))).toThrow(/BM25 has no weights/)
    expect(() => plan(lineage(star, adored))).toThrow(/moves only the query encoder/)
    expect(() => plan(lineage(star, lineage({ ...warmup, datasetId: 'other' })))).toThrow(/another data set/)
  })
})

test('checkpoints are evenly spaced and end at the last step', () => {
  expect(checkpointSteps({ steps: 10, checkpoints: 3 })).toEqual([3, 7, 10])
  expect(checkpointSteps({ steps: 2, checkpoints: 5 })).toEqual([1, 2])
})

test('equal values have equal canonical JSON', () => {
  expect(canonicalJson({ b: [1, { d: 2, c: undefined }], a: 'x' })).toBe('{"a":"x","b":[1,{"d":2}]}')
})
