// The steps that a launch will make, before it is launched: what is new work and what is already done.
'use client'
import type { LaunchPlan } from '@/contract/plan'
import { NewPipeline, type NewRun, teacherOf } from '@/contract/run'
import { formatCount } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { Skeleton } from '@/components/ui/skeleton'
import { type PlannedRun, previewPlan, withArtifacts } from './prepare-plan'
import { useAncestries } from './use-ancestries'

/** `plan`: the server's, of just these runs, once it has answered; it knows what is made already. */
export function PlanPreview({ runs, plan }: { runs: NewRun[]; plan: LaunchPlan | undefined }) {
  const starts = runs.flatMap(({ config }) => ((config.method === 'star' || config.method === 'adore') && config.start.kind === 'run' && config.start.runId ? [config.start.runId] : []))
  const teachers = runs.flatMap(({ config }) => {
    const teacher = teacherOf(config)
    return teacher?.kind === 'run' && teacher.runId ? [teacher.runId] : []
  })
  const { ancestries, loading } = useAncestries([...starts, ...teachers])
  const parsed = NewPipeline.safeParse({ runs })
  if (loading) return <Skeleton className="mx-4 mb-4 h-24" />
  if (!parsed.success) return <p className="px-4 pb-4 text-sm text-ink-3">{explain(runs)}</p>
  const previewed = previewPlan(parsed.data.runs, ancestries)
  const planned = plan ? withArtifacts(previewed, plan) : previewed
  const fresh = planned.reduce((sum, run) => sum + run.fresh, 0)
  const all = planned.reduce((sum, run) => sum + run.steps.length, 0)
  return (
    <>
      <p className="tabular px-4 pb-2 text-sm text-ink-2">
        {!plan && 'Up to '}
        {formatCount(fresh)} {fresh === 1 ? 'step' : 'steps'} of new work{all > fresh && `, ${formatCount(all - fresh)} reused`}
      </p>
      <div className="max-h-[50vh] overflow-y-auto border-t border-line" tabIndex={0} role="region" aria-label="Planned steps">
        {planned.map((run) => (
          <RunPlan key={run.name} run={run} open={planned.length === 1} />
        ))}
      </div>
    </>
  )
}

function explain(runs: NewRun[]): string {
  const unstarted = runs.some(({ config }) => (config.method === 'star' || config.method === 'adore') && config.start.kind === 'run' && !config.start.runId)
  return unstarted ? 'Choose the run to start from to see the steps.' : 'Correct the marked fields to see the steps.'
}

function RunPlan({ run, open }: { run: PlannedRun; open: boolean }) {
  return (
    <details open={open} className="group border-b border-line last:border-0">
      <summary className="flex min-h-9 items-center gap-2 px-4 py-1.5 text-sm hover:bg-hover">
        <span aria-hidden className="text-ink-3 transition-transform group-open:rotate-90">
          ›
        </span>
        <span className="truncate font-medium">{run.name}</span>
        <span className="tabular ml-auto shrink-0 text-xs text-ink-3">{run.error ? '' : `${run.steps.length} steps`}</span>
      </summary>
      {run.error ? (
        <p className="px-4 pb-2 text-sm text-bad">{run.error}</p>
      ) : (
        <ol className="tabular pb-2 text-sm">
          {run.steps.map((step, i) => (
            <li key={i} className="grid grid-cols-[2rem_minmax(0,1fr)_auto] items-center gap-2 px-4 py-0.5">
              <span className="text-right text-xs text-ink-3">{i + 1}</span>
              <span className={step.sharedWith ? 'truncate text-ink-3' : 'truncate'}>{step.label}</span>
              {step.sharedWith && (
                <Badge className="max-w-36">
                  <span className="truncate">from {step.sharedWith}</span>
                </Badge>
              )}
            </li>
          ))}
        </ol>
      )}
    </details>
  )
}
