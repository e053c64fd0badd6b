// The preview names shared work and says what is missing.
import { describe, expect, it } from 'vitest'
import type { LaunchPlan } from '@/contract/plan'
import { PRESETS, demoPipeline } from '@/contract/presets'
import { previewPlan, quickHash, withArtifacts } from './prepare-plan'

describe('plan preview', () => {
  it('marks work that an earlier run of the launch does', () => {
    const [bm25, warmup, star, adore] = previewPlan(demoPipeline('d'), new Map())
    expect(bm25.steps.map((step) => step.kind)).toEqual(['import', 'bm25-retrieve', 'evaluate'])
    expect(bm25.fresh).toBe(2)
    expect(warmup.steps.some((step) => step.kind === 'train')).toBe(true)
    expect(star.steps.find((step) => step.label === 'Tokenise')?.sharedWith).toBe('warmup')
    expect(star.steps.find((step) => step.label === 'Search at 0')?.sharedWith).toBe('warmup')
    expect(adore.steps.find((step) => step.label === 'Evaluate at 0')?.sharedWith).toBe('star')
  })
  it('says what a method still needs', () => {
    const star = PRESETS.find((preset) => preset.id === 'star')!.runs('d')
    expect(previewPlan(star, new Map())[0]).toMatchObject({ steps: [], error: expect.stringContaining('needs a run to start from') })
    const warmup = demoPipeline('d')[1]
    const chosen = star.map((run) => ({ ...run, config: { ...run.config, start: { kind: 'run' as const, runId: 'r1' } } as typeof run.config }))
    const [planned] = previewPlan(chosen, new Map([['r1', [{ name: 'old warmup', config: warmup.config }]]]))
    expect(planned.error).toBeNull()
    expect(planned.steps.find((step) => step.label === 'Search at 0')?.sharedWith).toBe('old warmup')
  })
  it('counts what is made already, and what has gone, as the server does', () => {
    const [bm25] = previewPlan(demoPipeline('d').slice(0, 1), new Map())
    const plan = (reused: boolean[]): LaunchPlan => ({
      runs: [{ name: 'bm25', steps: reused.map((each, i) => ({ label: bm25.steps[i]?.label ?? '', kind: 'evaluate', reused: each, seconds: null, memoryBytes: 0, diskBytes: 0, measured: false })) }],
      seconds: null,
      memoryBytes: 0,
      diskBytes: 0,
      available: { memoryBytes: null, diskBytes: null },
      refusals: [],
    })
    const [there] = withArtifacts([bm25], plan([true, true, true]))
    expect([there.fresh, there.steps.map((step) => step.sharedWith)]).toEqual([0, ['the data set', 'an earlier run', 'an earlier run']])
    const [gone] = withArtifacts([bm25], plan([false, true, false]))
    expect([gone.fresh, gone.steps.map((step) => step.sharedWith)]).toEqual([2, [null, 'an earlier run', null]])
    expect(withArtifacts([bm25], plan([true]))).toEqual([bm25])
  })
  it('hashes equal texts equally and others not', () => {
    expect(quickHash('a')).toBe(quickHash('a'))
    expect(quickHash('ab')).not.toBe(quickHash('ba'))
    expect(quickHash('x')).toHaveLength(32)
  })
})
