// Decides the step timeline: steps grouped by the checkpoint they make and judge, a bar for each attempt on the run's time axis.
import type { StepAttempt } from '@/contract/attempt'
import { isUntrainedMethod, type RunDetail, type StepSummary } from '@/contract/run'
import { formatCount, formatDuration } from '@/components/format'
import { xLabel, xTicks } from '@/components/charts/prepare-axis'

type StepState = StepSummary['state']

export interface TimelineBar {
  /** Place on the time axis in percent. */
  left: number
  width: number
  /** `lost`: the attempt was given up and the step begun again. */
  look: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost'
  title: string
}

export interface TimelineStep {
  step: StepSummary
  /** One an attempt, in order; none where the step has not started or was reused. */
  bars: TimelineBar[]
  /** Of all attempts together. */
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

export interface Timeline {
  groups: TimelineGroup[]
  /** From the first start to the last end. */
  seconds: number
  ticks: { left: number; label: string }[]
}

interface Stretch {
  attempt: number
  from: number
  to: number
  look: TimelineBar['look']
  reason: string | null
}

/** Groups in order of their first step. `now` ends the bars of running steps. Without `attempts` each step has its last one only. */
export function prepareTimeline(run: RunDetail, now: number, attempts: StepAttempt[] = []): Timeline {
  const stretches = new Map(run.steps.map((step) => [step.id, stretchesOf(step, attempts.filter((each) => each.stepId === step.id), now)]))
  const all = [...stretches.values()].flat()
  const from = Math.min(...all.map((each) => each.from))
  const span = Math.max(1000, Math.max(...all.map((each) => each.to)) - from)
  const groups = new Map<string, StepSummary[]>()
  for (const step of [...run.steps].sort((a, b) => a.ordinal - b.ordinal)) {
    const id = step.checkpointStep === null ? 'prepare' : String(step.checkpointStep)
    groups.set(id, [...(groups.get(id) ?? []), step])
  }
  const seconds = all.length > 0 ? span / 1000 : 0
  return {
    seconds,
    ticks: seconds > 0 ? xTicks('time', 0, seconds, 3).map((tick) => ({ left: (tick / seconds) * 100, label: xLabel('time', tick) })) : [],
    groups: [...groups].map(([id, steps]) => ({
      id,
      title: groupTitle(run, steps[0]),
      state: groupState(steps.map((step) => step.state)),
      done: steps.filter((step) => step.state === 'succeeded').length,
      reused: steps.filter((step) => step.reused).length,
      steps: steps.map((step) => {
        const own = stretches.get(step.id)!
        return {
          step,
          seconds: own.length > 0 ? own.reduce((sum, each) => sum + each.to - each.from, 0) / 1000 : null,
          bars: own.map((each) => ({ left: ((each.from - from) / span) * 100, width: Math.max(0.5, ((each.to - each.from) / span) * 100), look: each.look, title: barTitle(step, each, own.length) })),
        }
      }),
    })),
  }
}

function stretchesOf(step: StepSummary, attempts: StepAttempt[], now: number): Stretch[] {
  if (step.reused) return []
  // The last attempt is told by the step itself: its end may be known before the attempts are read again.
  const earlier = attempts.filter((each) => each.attempt < step.attempt || step.startedAt === null)
  const told = earlier.map(({ attempt, startedAt, endedAt, state, reason }): Stretch => ({ attempt, from: Date.parse(startedAt), to: endedAt ? Date.parse(endedAt) : Date.parse(startedAt), look: state === 'failed' || state === 'cancelled' ? state : 'lost', reason }))
  if (!step.startedAt) return told
  const from = Date.parse(step.startedAt)
  const to = step.finishedAt ? Date.parse(step.finishedAt) : step.state === 'running' ? Math.max(now, from) : from
  const look = step.state === 'running' || step.state === 'succeeded' || step.state === 'failed' || step.state === 'cancelled' ? step.state : 'lost'
  return [...told, { attempt: step.attempt, from, to, look, reason: step.reason }]
}

const ENDS: Record<TimelineBar['look'], string> = { running: 'running for', succeeded: 'took', failed: 'failed after', cancelled: 'cancelled after', lost: 'lost after' }

function barTitle(step: StepSummary, { attempt, from, to, look, reason }: Stretch, count: number): string {
  return `${step.label}${count > 1 ? `, attempt ${attempt}` : ''}: ${ENDS[look]} ${formatDuration((to - from) / 1000)}${reason && look !== 'succeeded' ? `. ${reason}` : ''}`
}

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
