// A hand-made run in the contract's shape for the unit tests of this folder.
import type { RunDetail } from '@/contract/run'
import { PRESETS } from '@/contract/presets'

const config = PRESETS.find((preset) => preset.id === 'in-batch')!.runs('data-1')[0].config

export function makeRun(changes: Partial<RunDetail> = {}): RunDetail {
  const step = (ordinal: number, kind: RunDetail['steps'][number]['kind'], label: string, state: RunDetail['steps'][number]['state'], checkpointStep: number | null, startSecond: number | null, endSecond: number | null): RunDetail['steps'][number] => ({
    id: `step-${ordinal}`,
    ordinal,
    kind,
    label,
    state,
    reason: null,
    attempt: 1,
    reused: false,
    progress: null,
    checkpointStep,
    startedAt: startSecond === null ? null : new Date(Date.UTC(2026, 0, 1, 0, 0, startSecond)).toISOString(),
    finishedAt: endSecond === null ? null : new Date(Date.UTC(2026, 0, 1, 0, 0, endSecond)).toISOString(),
    artifactKey: `key-${ordinal}`,
  })
  return {
    id: 'run-1',
    name: 'warmup',
    method: config.method,
    datasetId: 'data-1',
    datasetName: 'wordnet',
    state: 'running',
    reason: null,
    colorIndex: 1,
    priority: 0,
    startRunId: null,
    startRunName: null,
    teacherRunId: null,
    teacherName: null,
    startMethod: null,
    startModelName: null,
    progress: { done: 2, total: 6, unit: 'steps', secondsLeft: null },
    currentStep: 'Train to 500',
    tests: [],
    evaluations: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    config,
    datasetCounts: { docs: 50, queries: { train: 40, dev: 5, test: 5, lead: 0 }, positives: { train: 40, dev: 5, test: 5, lead: 0 } },
    steps: [
      step(0, 'import', 'Import', 'succeeded', null, 0, 4),
      step(1, 'tokenise', 'Tokenise', 'succeeded', null, 4, 10),
      step(2, 'train', 'Train to 500', 'running', 500, 10, null),
      step(3, 'encode', 'Encode documents at 500', 'waiting', 500, null, null),
      step(4, 'retrieve', 'Search at 500', 'waiting', 500, null, null),
      step(5, 'evaluate', 'Evaluate at 500', 'waiting', 500, null, null),
    ],
    files: [],
    cursor: '1',
    ...changes,
  }
}
