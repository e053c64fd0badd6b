// How the rank of each query's first relevant document moves over the checkpoints of a run: all queries as bars, above the list of queries.
'use client'
import { useQuery } from '@tanstack/react-query'
import { RANK_BUCKETS, type Trajectories } from '@/contract/query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { Panel } from '@/components/ui/panel'

/** From the best rank to not retrieved; darker is better. */
const SHADES = ['bg-ink', 'bg-ink/60', 'bg-ink/35', 'bg-ink/15', 'bg-bad-soft']

const labels = (depth: number) => [...RANK_BUCKETS.map((end, i) => (i === 0 ? 'rank 1' : `to ${end}`)), depth > 100 ? 'beyond 100' : 'not retrieved']

export function RankMovement({ run }: { run: RunDetail }) {
  const { data } = useQuery({ queryKey: keys.trajectories(run.id, null), queryFn: ({ signal }) => api.trajectories(run.id, null, signal) })
  if (!data || data.checkpoints.length < 2) return null
  return <Movement data={data} />
}

function Movement({ data: { depth, n, checkpoints, better, same, worse } }: { data: Trajectories }) {
  const names = labels(depth)
  return (
    <Panel className="mb-4" title="Rank of the first relevant document" note={`from step ${formatCount(checkpoints[0].step)} to ${formatCount(checkpoints.at(-1)!.step)}: ${formatCount(better)} queries better, ${formatCount(same)} the same, ${formatCount(worse)} worse`}>
      <ul className="tabular mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {names.map((name, i) => (
          <li key={name} className="inline-flex items-center gap-1.5">
            <span className={`size-2.5 rounded-sm border border-line ${SHADES[i]}`} aria-hidden /> {name}
          </li>
        ))}
      </ul>
      <ul className="tabular flex flex-col gap-1.5">
        {checkpoints.map(({ step, counts }) => (
          <li key={step} className="grid grid-cols-[4.5rem_minmax(0,1fr)] items-center gap-3">
            <span className="text-right text-xs text-ink-3">step {formatCount(step)}</span>
            <span className="flex h-4 overflow-hidden rounded-sm border border-line" role="img" aria-label={counts.map((count, i) => `${names[i]}: ${count}`).join(', ')}>
              {counts.map((count, i) => (
                <span key={names[i]} className={SHADES[i]} style={{ width: `${(100 * count) / n}%` }} title={`${names[i]}: ${formatCount(count)} of ${formatCount(n)} queries`} />
              ))}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** One query's rank at every checkpoint, for the page of the query. */
export function QueryTrajectory({ run, row, checkpoint, onCheckpoint }: { run: RunDetail; row: number; checkpoint: number; onCheckpoint: (step: number) => void }) {
  const { data } = useQuery({ queryKey: keys.trajectories(run.id, row), queryFn: ({ signal }) => api.trajectories(run.id, row, signal) })
  if (!data?.ranks || data.checkpoints.length < 2) return null
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-2">
      <span>First relevant at rank</span>
      <ol className="tabular flex flex-wrap items-center gap-1">
        {data.checkpoints.map(({ step }, i) => (
          <li key={step}>
            <button
              type="button"
              aria-current={step === checkpoint ? 'true' : undefined}
              title={`Show step ${formatCount(step)}`}
              onClick={() => onCheckpoint(step)}
              className="flex min-w-11 flex-col items-center rounded border border-line bg-surface px-1.5 py-0.5 hover:bg-hover aria-current:border-accent aria-current:bg-accent-soft"
            >
              <span className="font-medium text-ink">{data.ranks![i] ?? '–'}</span>
              <span className="text-xs text-ink-3">{formatCount(step)}</span>
            </button>
          </li>
        ))}
      </ol>
      <span className="text-xs text-ink-3">by optimizer step; – is not among the first {formatCount(data.depth)}</span>
    </div>
  )
}
