// What an event changes in what the browser already holds: pure, so that order, repetition and resume can be tested.
import type { RunEvent } from '@/contract/event'
import { type MetricSeries, type RunDetail, isLive } from '@/contract/run'

/** True where `a` comes after `b` in the stream; cursors are decimal strings of any length. */
export const isAfter = (a: string, b: string) => (a.length === b.length ? a > b : a.length > b.length)

/** The run after the event; the same object where the event is older than what is held or changes nothing of it. */
export function applyToRun(run: RunDetail, event: RunEvent): RunDetail {
  if (event.runId !== run.id || !isAfter(event.id, run.cursor)) return run
  const { body } = event
  const next = { ...run, cursor: event.id }
  switch (body.type) {
    case 'run-state':
      return {
        ...next,
        state: body.state,
        reason: body.reason,
        startedAt: run.startedAt ?? (body.state === 'running' ? event.at : null),
        finishedAt: isLive(body.state) ? null : event.at,
        currentStep: isLive(body.state) ? run.currentStep : null,
      }
    case 'step-state': {
      const steps = run.steps.map((step) => {
        if (step.id !== body.stepId) return step
        const isNew = body.attempt !== step.attempt
        const ended = body.state === 'succeeded' || body.state === 'failed' || body.state === 'cancelled'
        return {
          ...step,
          state: body.state,
          reason: body.reason,
          attempt: body.attempt,
          reused: body.reused,
          progress: isNew ? null : step.progress,
          startedAt: body.state === 'running' ? event.at : isNew && !ended ? null : step.startedAt,
          finishedAt: ended ? event.at : null,
        }
      })
      const done = steps.filter((step) => step.state === 'succeeded').length
      return { ...next, steps, progress: { ...run.progress, done }, currentStep: steps.find((step) => step.state === 'running')?.label ?? null }
    }
    case 'progress':
      return { ...next, steps: run.steps.map((step) => (step.id === body.stepId ? { ...step, progress: body.progress } : step)) }
    case 'evaluation': {
      if (body.split !== 'dev') return next // read again with the run: use-run-events.ts
      const known = run.evaluations.find((evaluation) => evaluation.checkpointStep === body.checkpointStep)
      const evaluation = { id: known?.id ?? `event-${event.id}`, split: body.split, checkpointStep: body.checkpointStep, measures: body.measures, n: body.n, intervals: body.intervals, missing: body.missing }
      const others = run.evaluations.filter((other) => other.checkpointStep !== body.checkpointStep)
      return { ...next, evaluations: [...others, evaluation].sort((a, b) => a.checkpointStep - b.checkpointStep) }
    }
    case 'metrics':
    case 'log':
    case 'dataset-state':
    case 'model-state':
      return next
  }
}

/** The training curves after the events. A replayed step replaces its older point, so a resumed run has no double points. */
export function applyToMetrics(series: MetricSeries, events: RunEvent[]): MetricSeries {
  const next: MetricSeries = { ...series }
  const touched = new Set<string>()
  for (const { body, at } of events) {
    if (body.type !== 'metrics') continue
    for (const { name, step, value } of body.points) {
      if (!touched.has(name)) {
        next[name] = [...(next[name] ?? [])]
        touched.add(name)
      }
      const points = next[name]
      const point = { step, value, at: Date.parse(at) }
      const last = points.at(-1)
      if (!last || last.step < step) {
        points.push(point)
        continue
      }
      const place = points.findIndex((other) => other.step >= step)
      points.splice(place, points[place].step === step ? 1 : 0, point)
    }
  }
  return touched.size > 0 ? next : series
}
