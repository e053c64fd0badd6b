// The job server's workers: what each does, on which machine, and when it was last heard of.
'use client'
import { useQuery } from '@tanstack/react-query'
import { CircleHelp, LoaderCircle, Moon, Server, Square } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import type { WorkerSummary } from '@/contract/worker'
import { api, keys } from '@/components/api'
import { useConnection } from '@/components/connection'
import { formatAgo, formatBytes } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Badge, type Tone } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { QueuePanel } from './queue-panel'

const POLL_MS = 4000

const LOOKS: Record<WorkerSummary['state'], { text: string; tone: Tone; icon: typeof Server }> = {
  busy: { text: 'Busy', tone: 'accent', icon: LoaderCircle },
  idle: { text: 'Idle', tone: 'ok', icon: Moon },
  draining: { text: 'Stopping', tone: 'plain', icon: LoaderCircle },
  lost: { text: 'Not heard of', tone: 'warn', icon: CircleHelp },
  stopped: { text: 'Stopped', tone: 'plain', icon: Square },
}

export function WorkersView() {
  const workers = useQuery({ queryKey: keys.workers, queryFn: ({ signal }) => api.workers(signal), refetchInterval: POLL_MS })
  // While nobody knows how they fare, their clocks stand still and none is shown at work.
  const lost = useConnection().state === 'lost'
  const now = useNow(lost ? null : 1000)
  const readAt = new Date(workers.dataUpdatedAt)
  return (
    <>
      <PageHeader title="Workers" note={workers.data && `As of ${readAt.toLocaleTimeString('en-GB')}. A worker that is not heard of loses its step to another one.`} />
      <QueuePanel />
      <ReadState data={workers.data} error={workers.error} what="The list of workers" onRetry={() => void workers.refetch()} skeleton={<SkeletonRows rows={2} className="h-24" />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={<Server />} title="No worker has ever started here">
              Workers do the training and searching. <code className="font-mono">./drhard serve</code> brings one; <code className="font-mono">./drhard worker</code> adds another, on this machine or on any that reaches the database and the artifacts.
            </EmptyState>
          ) : (
            <ul className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3">
              {list.map((worker) => (
                <WorkerCard key={worker.id} worker={worker} now={now} stale={lost} />
              ))}
            </ul>
          )
        }
      </ReadState>
    </>
  )
}

function WorkerCard({ worker, now, stale }: { worker: WorkerSummary; now: Date; stale: boolean }) {
  const { text, tone, icon: Icon } = LOOKS[worker.state]
  const { currentStep } = worker
  return (
    <li className="min-w-0 rounded-lg border border-line bg-surface p-4">
      <div className="flex items-center gap-2">
        <h2 className="min-w-0 truncate text-base">{worker.host}</h2>
        <span className="tabular text-xs text-ink-3">process {worker.pid}</span>
        <Badge tone={stale ? 'plain' : tone} className="ml-auto">
          <Icon aria-hidden className={worker.state === 'busy' && !stale ? 'animate-spin [animation-duration:1.6s]' : undefined} /> {stale ? `${text} when last seen` : text}
        </Badge>
      </div>
      <p className="mt-2 truncate text-base">
        {currentStep === null ? (
          <span className="text-ink-3">{worker.state === 'idle' ? 'Waiting for a step' : 'No step'}</span>
        ) : currentStep.runId === null ? (
          currentStep.label
        ) : (
          <PageLink href={`/runs/${currentStep.runId}`} className="underline decoration-line-strong underline-offset-2 hover:decoration-current">
            {currentStep.label}
          </PageLink>
        )}
      </p>
      <dl className="tabular mt-3 grid grid-cols-2 gap-x-4 gap-y-1 text-sm sm:grid-cols-4">
        <Fact name="Cores" value={String(worker.cores)} />
        <Fact name="Memory" value={formatBytes(worker.memoryBytes)} />
        <Fact name="Heard of" value={formatAgo(new Date(worker.heartbeatAt), now)} />
        <Fact name="Started" value={formatAgo(new Date(worker.startedAt), now)} />
      </dl>
      <p className="mt-2 truncate font-mono text-xs text-ink-3" title={worker.store}>
        version {worker.version}; {worker.devices.join(', ')}; {worker.slots} step{worker.slots === 1 ? '' : 's'} at a time; {worker.store}
      </p>
    </li>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="truncate">{value}</dd>
    </div>
  )
}
