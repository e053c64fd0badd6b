// Every setting of every method is explained, and real differences are told from methods having different settings.
import { describe, expect, it } from 'vitest'
import { PRESETS } from '@/contract/presets'
import type { RunConfig } from '@/contract/run'
import { CONFIG_FIELDS, compareConfigs, fieldsOf, paperValue } from './config-fields'

const configs = PRESETS.flatMap((preset) => preset.runs('d').map((run) => run.config))

function leaves(value: unknown, path: string[] = []): string[] {
  return value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([k, v]) => leaves(v, [...path, k])) : [path.join('.')]
}

describe('configuration fields', () => {
  it('cover every setting of every recipe', () => {
    const known = new Set([...CONFIG_FIELDS.map((field) => field.path), 'method', 'datasetId', 'start.kind', 'start.runId', 'start.name', 'start.modelId', 'distillation.teacher.kind', 'distillation.teacher.runId'])
    for (const config of configs) expect(leaves(config).filter((path) => !known.has(path))).toEqual([])
  })
  it('show only what a method has', () => {
    const bm25 = configs.find((config) => config.method === 'bm25')!
    expect(fieldsOf(bm25).map((field) => field.path)).toEqual(['k1', 'b', 'stemmer', 'stopWords', 'testQueries', 'seed', 'depth'])
  })
  it('of the encoder are a model’s own where a run starts from one, but for the lengths of texts', () => {
    const paths = (method: string) => fieldsOf({ ...configs.find((config) => config.method === method)!, start: { kind: 'model', modelId: 'm', maxQueryTokens: 8, maxDocTokens: 8 } } as RunConfig).filter(({ group }) => group === 'Encoder').map(({ path }) => path)
    for (const method of ['zero-shot', 'in-batch', 'star']) expect(paths(method)).toEqual(['start.maxQueryTokens', 'start.maxDocTokens'])
  })
  it('give the paper’s value by method', () => {
    const rate = CONFIG_FIELDS.find((field) => field.path === 'train.learningRate')!
    expect([paperValue(rate, 'adore'), paperValue(rate, 'in-batch')]).toEqual(['5e-6', null])
  })
})

describe('differences', () => {
  it('are told apart from settings that only some methods have', () => {
    const named = (config: RunConfig) => ({ config, datasetName: 'wordnet', startRunName: null, startModelName: null, teacherName: null })
    const star = configs.find((config) => config.method === 'star')!
    const adore = configs.find((config) => config.method === 'adore')!
    const rows = compareConfigs([named(star), named(adore)])
    const row = (path: string) => rows.find((candidate) => candidate.path === path)
    expect(row('method')).toMatchObject({ kind: 'differs', values: ['STAR', 'ADORE'] })
    expect(row('topK')).toMatchObject({ kind: 'partial', values: ['–', '200'] })
    expect(row('seed')).toMatchObject({ kind: 'equal', values: ['42', '42'] })
  })
})
