// Which checkpoints can be exported, and how an export stands.
import { describe, expect, it } from 'vitest'
import { exportLabel } from '@/contract/pipeline'
import type { StepSummary } from '@/contract/run'
import { makeRun } from '@/components/sample-run'
import { exportableSteps, exportStand } from './prepare-exports'

const run = makeRun()
const file = (stepId: string, name = 'model.onnx') => ({ stepId, label: '', name, bytes: 1, sha256: '' })
const withExport = (changes: Partial<StepSummary>, files: string[] = []) =>
  makeRun({ steps: [...run.steps, { ...run.steps[2], id: 'export', kind: 'export', label: exportLabel('onnx', 500), checkpointStep: 500, ...changes }], files: files.map((id) => file(id)) })

describe('an export', () => {
  it('is offered of checkpoints whose files are there', () => {
    expect(exportableSteps(run)).toEqual([])
    expect(exportableSteps(makeRun({ files: [file('step-2'), file('step-1')] }))).toEqual([500])
  })
  it('is absent until it is ordered, and again when its files were removed', () => {
    expect(exportStand(run, 'onnx', 500).state).toBe('absent')
    expect(exportStand(withExport({ state: 'succeeded' }), 'onnx', 500).state).toBe('absent')
  })
  it('tells formats and checkpoints apart', () => {
    const made = withExport({ state: 'succeeded' }, ['export', 'step-2'])
    expect(exportStand(made, 'onnx', 500)).toEqual({ state: 'ready', files: [file('export')] })
    expect(exportStand(made, 'hugging-face', 500).state).toBe('absent')
    expect(exportStand(made, 'onnx', 250).state).toBe('absent')
  })
  it('is under way, or says why not', () => {
    expect(exportStand(withExport({ state: 'queued' }), 'onnx', 500).state).toBe('under-way')
    expect(exportStand(withExport({ state: 'failed', reason: 'disk full' }), 'onnx', 500)).toEqual({ state: 'failed', reason: 'disk full' })
  })
})
