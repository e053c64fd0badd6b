import { describe, expect, it } from 'vitest'
import { DISTILLATION_DEFAULTS, PRESETS } from '@/contract/presets'
import { NewPipeline } from '@/contract/run'
import { launchToYaml, parseLaunch } from './prepare-yaml'

const star = (start: string) => PRESETS.find((preset) => preset.id === 'star')!.runs('d').map((run) => ({ ...run, config: { ...run.config, start: { kind: 'run' as const, runId: start } } }))

describe('a launch as YAML', () => {
  it.each(PRESETS.map((preset) => [preset.id, preset.runs('data-1')] as const))('round-trips: %s', (id, runs) => {
    const start = id === 'zero-shot' ? ({ kind: 'model', modelId: 'm1', maxQueryTokens: 32, maxDocTokens: 128 } as const) : ({ kind: 'run', runId: 'r1' } as const)
    const complete = id === 'star' || id === 'adore' || id === 'zero-shot' ? runs.map((run) => ({ ...run, config: { ...run.config, start } })) : runs
    const distilled = (run: (typeof runs)[number]) => ({ ...run, config: { ...run.config, start, distillation: { ...DISTILLATION_DEFAULTS, teacher: { kind: 'file', file: '/data/scores.tsv.gz' } } } })
    const { runs: expected } = NewPipeline.parse({ runs: id === 'distillation' ? runs.map(distilled) : complete })
    expect(parseLaunch(launchToYaml(expected))).toEqual({ ok: true, runs: expected })
  })

  it('keeps names that YAML would read as something else', () => {
    const runs = NewPipeline.parse({ runs: star('r1') }).runs.map((run) => ({ ...run, name: 'no: 1e3 # x' }))
    expect(parseLaunch(launchToYaml(runs))).toEqual({ ok: true, runs })
  })

  it('says in which line a value is wrong, missing or no YAML', () => {
    const text = launchToYaml(NewPipeline.parse({ runs: star('r1') }).runs)
    const at = (wanted: string, source: string) => source.split('\n').findIndex((line) => line.includes(wanted)) + 1
    expect(parseLaunch(text.replace('batchSize: 128', 'batchSize: 1'))).toEqual({ ok: false, line: at('batchSize', text), message: 'runs.0.config.train.batchSize: At least 2' })
    expect(parseLaunch(text.replace(/ *mineDepth.*\n/, ''))).toMatchObject({ ok: false, line: at('method', text), message: expect.stringContaining('mineDepth') })
    expect(parseLaunch('runs: [')).toMatchObject({ ok: false, line: 1 })
    expect(parseLaunch('')).toMatchObject({ ok: false })
  })
})
