// What planSteps promises: equal work has equal keys over runs, different work has different ones, inputs come before their use.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson, checkpointSteps, planSteps, type Lineage, type StepPlan } from './pipeline'
import { demoPipeline } from './presets'
import type { RunConfig } from './run'

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

  test('what is judged here changes the mining and what is trained after it, nothing before', () => {
    const before = plan(lineage(star, warm))
    const after = plan(lineage({ ...star, excluded: { key: 'k', pairs: 1 } } as RunConfig, warm))
    expect(before.map((step, i) => [step.kind, step.key === after[i].key]).filter(([, same]) => !same).map(([kind]) => kind)[0]).toBe('mine')
    expect(after.find((step) => step.kind === 'mine')!.inputs).toMatchObject({ excluded: 'k' })
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
