// Decides the step timeline: steps grouped by the checkpoint they make and judge, each with its place on the run's time axis.
import { isUntrainedMethod, type RunDetail, type StepSummary } from '@/contract/run'
import { formatCount } from '@/components/format'

type StepState = StepSummary['state']

export interface TimelineStep {
  step: StepSummary
  /** Place on the time axis in percent; null where the step has not started or was reused. */
  bar: { left: number; width: number } | null
  seconds: number | null
}

export interface TimelineGroup {
  id: string
  title: string
  state: StepState
  steps: TimelineStep[]
  done: number
  reused: number
}

/** Groups in order of their first step. `now` ends the bars of running steps. */
export function prepareTimeline(run: RunDetail, now: number): { groups: TimelineGroup[]; seconds: number } {
  const started = run.steps.flatMap((step) => (step.startedAt && !step.reused ? [Date.parse(step.startedAt)] : []))
  const ended = run.steps.flatMap((step) => (step.startedAt && !step.reused ? [endOf(step, now)] : []))
  const from = Math.min(...started)
  const span = Math.max(1000, Math.max(...ended) - from)
  const groups = new Map<string, StepSummary[]>()
  for (const step of [...run.steps].sort((a, b) => a.ordinal - b.ordinal)) {
    const id = step.checkpointStep === null ? 'prepare' : String(step.checkpointStep)
    groups.set(id, [...(groups.get(id) ?? []), step])
  }
  return {
    seconds: started.length > 0 ? span / 1000 : 0,
    groups: [...groups].map(([id, steps]) => ({
      id,
      title: groupTitle(run, steps[0]),
      state: groupState(steps.map((step) => step.state)),
      done: steps.filter((step) => step.state === 'succeeded').length,
      reused: steps.filter((step) => step.reused).length,
      steps: steps.map((step) => {
        if (!step.startedAt || step.reused) return { step, bar: null, seconds: null }
        const start = Date.parse(step.startedAt)
        const end = endOf(step, now)
        return { step, seconds: (end - start) / 1000, bar: { left: ((start - from) / span) * 100, width: Math.max(0.5, ((end - start) / span) * 100) } }
      }),
    })),
  }
}

const endOf = (step: StepSummary, now: number) => (step.finishedAt ? Date.parse(step.finishedAt) : step.state === 'running' ? Math.max(now, Date.parse(step.startedAt!)) : Date.parse(step.startedAt!))

function groupTitle(run: RunDetail, { checkpointStep }: StepSummary): string {
  if (checkpointStep === null) return 'Prepare'
  if (isUntrainedMethod(run.method)) return 'Judge'
  return checkpointStep === 0 ? 'Judge the start' : `Step ${formatCount(checkpointStep)}`
}

function groupState(states: StepState[]): StepState {
  for (const state of ['failed', 'running'] as const) if (states.includes(state)) return state
  if (states.every((state) => state === 'succeeded')) return 'succeeded'
  for (const state of ['cancelled', 'queued'] as const) if (states.includes(state)) return state
  return 'waiting'
}

/** The group to show opened: the one that failed or works now, else the one that comes next. */
export function currentGroup(groups: TimelineGroup[]): string | null {
  return (groups.find((group) => group.state === 'failed') ?? groups.find((group) => group.state === 'running') ?? groups.find((group) => group.state === 'queued'))?.id ?? null
}

/** Where the run failed, for "why it failed" at the top of its page. */
export function failedStep(run: RunDetail): StepSummary | null {
  return run.steps.find((step) => step.state === 'failed') ?? null
}
