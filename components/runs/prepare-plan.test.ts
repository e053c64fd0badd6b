// The preview names shared work and says what is missing.
import { describe, expect, it } from 'vitest'
import type { Teacher } from '@/contract/distillation'
import type { LaunchPlan } from '@/contract/plan'
import { DISTILLATION_DEFAULTS, PRESETS, demoPipeline } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
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
    const [planned] = previewPlan(chosen, new Map([['r1', [{ name: 'old warmup', config: warmup.config, teacher: null }]]]))
    expect(planned.error).toBeNull()
    expect(planned.steps.find((step) => step.label === 'Search at 0')?.sharedWith).toBe('old warmup')
  })
  it('shows what a teacher adds, and that its documents are embedded already', () => {
    const [, warmup, star, adore] = demoPipeline('d')
    const student = (teacher: Teacher, name = 'student'): NewRun => ({ name, config: { ...star.config, distillation: { ...DISTILLATION_DEFAULTS, teacher } } as NewRun['config'] })
    const launch = [warmup, star, adore]
    const [withSibling] = previewPlan([...launch, student({ kind: 'sibling', name: 'adore' })], new Map()).slice(-1)
    expect(withSibling.steps.filter((step) => step.kind === 'teacher-scores').map((step) => step.label)).toEqual(['Score with the teacher'])
    const [teacher, start] = [{ name: 'taught', config: student({ kind: 'file', file: '/x' }).config, teacher: null }, { name: 'warm', config: warmup.config, teacher: null }]
    const own = { ...student({ kind: 'run', runId: 't' }), config: { ...student({ kind: 'run', runId: 't' }).config, start: { kind: 'run', runId: 'w' } } as NewRun['config'] }
    const [withRun] = previewPlan([own], new Map([['w', [start]], ['t', [teacher, start]]]))
    expect(withRun.error).toBeNull()
    expect(withRun.steps.map((step) => step.label)).toContain('Score with the teacher')
    expect(previewPlan([own], new Map([['w', [start]]]))[0].error).toMatch(/Choose the teacher/)
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
