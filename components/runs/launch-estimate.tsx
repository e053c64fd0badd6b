// What a launch will take, above its button: time, the largest step's memory and the disk, against what is there.
import type { LaunchPlan } from '@/contract/plan'
import { formatBytes, formatDuration } from '@/components/format'
import { Notice } from '@/components/ui/notice'

export function LaunchEstimate({ plan: { seconds, memoryBytes, diskBytes, available, refusals, runs } }: { plan: LaunchPlan }) {
  const fresh = runs.flatMap((run) => run.steps).filter((step) => !step.reused)
  if (fresh.length === 0) return <p className="border-t border-line px-4 py-3 text-sm text-ink-2">Everything is made already: the runs end at once.</p>
  return (
    <div className="flex flex-col gap-2 border-t border-line px-4 py-3">
      <dl className="tabular grid grid-cols-3 gap-x-3 text-sm">
        <Number name="Time" value={seconds === null ? 'not known yet' : `about ${formatDuration(seconds)}`} note={seconds === null ? 'such steps have not run here' : 'from steps that ran here'} />
        <Number name="Memory" value={formatBytes(memoryBytes)} note={available.memoryBytes === null ? 'no worker runs' : `of ${formatBytes(available.memoryBytes)}`} />
        <Number name="Disk" value={formatBytes(diskBytes)} note={available.diskBytes === null ? '' : `${formatBytes(available.diskBytes)} free`} />
      </dl>
      {refusals.map((refusal) => (
        <Notice key={refusal} tone="bad" role="status" title="This does not fit">
          {refusal}
        </Notice>
      ))}
    </div>
  )
}

function Number({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd>{value}</dd>
      <dd className="text-xs text-ink-3">{note}</dd>
    </div>
  )
}
