// The hard negatives of a run: how hard they are and stay, how their scores lie to the relevant documents', and an audit of those that may be
// relevant, whose verdicts the next mining leaves out.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Pickaxe } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useMemo, useState } from 'react'
import { toast } from 'sonner'
import { checkpointSteps } from '@/contract/pipeline'
import type { MinedNegatives } from '@/contract/query'
import { isTrained, type MetricSeries, type RunDetail } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'
import { ChartPanel } from '@/components/charts/chart-panel'
import { Histogram } from '@/components/charts/histogram'
import { prepareMetric } from '@/components/charts/prepare-curves'
import { formatCount, formatNumber } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRunCurves } from '@/components/use-run-events'
import { AuditQueue } from './audit-queue'

export function NegativesView({ runId }: { runId: string }) {
  const { run, metrics } = useRunCurves(runId)
  const negatives = useQuery({ queryKey: keys.negatives(runId), queryFn: ({ signal }) => api.negatives(runId, signal) })
  return (
    <>
      <PageHeader
        windowTitle={`Hard negatives of ${run?.name ?? 'a run'}`}
        title="Hard negatives"
        crumbs={[{ href: '/runs', label: 'Runs' }, ...(run ? [{ href: `/runs/${runId}`, label: run.name }] : [])]}
        note="Documents that training pushes away and that nobody judged: some may be relevant."
      />
      <ReadState data={negatives.data} error={negatives.error} what="The hard negatives" onRetry={() => void negatives.refetch()} skeleton={<SkeletonRows rows={8} className="h-24" />}>
        {(data) => (
          <>
            {data.takenFrom === null && <Summary data={data} />}
            <div className="mb-4 grid gap-4 lg:grid-cols-2">
              {data.takenFrom === null ? <Margins data={data} /> : <TakenSummary data={data} takenFrom={data.takenFrom} />}
              {run && <Drift run={run} metrics={metrics} />}
            </div>
            {data.suspects.length === 0 ? <EmptyState title="No negative looks relevant">{data.takenFrom === null ? 'None scores above or near a relevant document, or repeats its words.' : 'None repeats the words of a relevant document. They came without scores.'}</EmptyState> : <AuditQueue runId={runId} data={data} />}
            {run && <MineAgain run={run} data={data} />}
          </>
        )}
      </ReadState>
    </>
  )
}

const shareOf = (count: number, looked: number) => (looked === 0 ? '–' : count > 0 && count / looked < 0.0005 ? '< 0.1 %' : `${((100 * count) / looked).toFixed(1)} %`)

function Summary({ data }: { data: MinedNegatives }) {
  const { looked, above, near, duplicates } = data
  const facts = [
    { label: 'score above the relevant document', count: above },
    { label: 'score within 5 % of it', count: near },
    { label: 'share 70 % of its words or more', count: duplicates },
  ]
  return (
    <div className="mb-4">
      <dl className="grid gap-3 sm:grid-cols-3">
        {facts.map(({ label, count }) => (
          <div key={label} className="rounded-lg border border-line bg-surface px-4 py-3">
            <dd className="tabular text-2xl font-semibold tracking-tight">{shareOf(count, looked)}</dd>
            <dt className="text-sm text-ink-2">{label}</dt>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs text-ink-3">
        {lookedAt(data)}, with the scores that they were mined by. {leftOut(data)}
      </p>
    </div>
  )
}

/** Of negatives that came without scores. */
function TakenSummary({ data, takenFrom }: { data: MinedNegatives; takenFrom: string }) {
  return (
    <Panel title="Repeated words" note={`negatives taken over from ${takenFrom}`}>
      <p className="tabular text-2xl font-semibold tracking-tight">{shareOf(data.duplicates, data.looked)}</p>
      <p className="text-sm text-ink-2">share 70 % of the words of a relevant document or more</p>
      <p className="mt-3 max-w-prose text-xs text-ink-3">
        {lookedAt(data)}. {leftOut(data)} The folder tells which documents are negatives, best first, but not how they scored: a run that mines its own also shows how far they lie from the relevant ones.
      </p>
    </Panel>
  )
}

const lookedAt = ({ queries, allQueries, looked }: MinedNegatives) => `Of the first 10 negatives of ${queries === allQueries ? `all ${formatCount(allQueries)}` : `the first ${formatCount(queries)} of ${formatCount(allQueries)}`} training queries, ${formatCount(looked)} in all`
const leftOut = ({ excluded }: MinedNegatives) => (excluded > 0 ? `This run left out ${formatCount(excluded)} that were judged relevant here.` : '')

function Margins({ data: { margins } }: { data: MinedNegatives }) {
  return (
    <Panel title="Score margins" note="a negative’s score less the relevant document’s">
      {margins === null ? (
        <p className="text-sm text-ink-3">No relevant document was retrieved, so nothing can be compared.</p>
      ) : (
        <Histogram label="Score margins" bins={margins} isSigned formatX={(value) => String(Number(value.toPrecision(3)))} />
      )}
    </Panel>
  )
}

/** Whether the negatives stay hard while the model learns: static ones do not, which is the paper's point. */
function Drift({ run, metrics }: { run: RunDetail; metrics: MetricSeries | undefined }) {
  const name = Object.keys(metrics ?? {}).find((each) => /^static negatives in the top \d+$/.test(each))
  const ends = isTrained(run.config) ? checkpointSteps(run.config.train) : []
  const chart = useMemo(() => (name && metrics ? prepareMetric(name, [{ id: run.id, label: run.name, colorIndex: run.colorIndex, series: metrics, ends }], 'raw') : null), [name, metrics, run.id, run.name, run.colorIndex, ends.length])
  if (chart && name) return <ChartPanel title="Hardness drift" headline={<p className="text-xs text-ink-3">share of the static negatives that are still in the top {name.match(/\d+$/)![0]} of their query</p>} chart={chart} formatY={formatNumber} height={130} dots empty="No point yet." />
  return (
    <Panel title="Hardness drift" note="how many of them are still hard at each checkpoint">
      <p className="max-w-prose text-sm text-ink-2">This run was not diagnosed. Launch a clone with Diagnosis “at every checkpoint” to see the share of its negatives that stay among the first 200 while the model learns.</p>
    </Panel>
  )
}

function MineAgain({ run, data }: { run: RunDetail; data: MinedNegatives }) {
  const router = useRouter()
  const [name, setName] = useState(`${run.name}-audited`)
  const [busy, setBusy] = useState(false)
  const launch = async () => {
    setBusy(true)
    try {
      const { runs } = await api.mineAgain(run.id, name)
      router.push(`/runs/${runs[0].id}`)
    } catch (error) {
      toast.error('The run could not be launched', { description: messageOf(error) })
      setBusy(false)
    }
  }
  return (
    <Panel className="mt-4" title={data.takenFrom === null ? 'Mine again' : 'Train again'} note="the same run without the negatives that were judged relevant here">
      <p className="mb-3 max-w-prose text-sm text-ink-2">
        {data.excludable === 0
          ? 'No negative of a training query is judged relevant here yet.'
          : `${data.excludable === 1 ? 'One pair' : `${formatCount(data.excludable)} pairs`} of training query and document will be left out. They become an input of the new run with a checksum of its own, so that the run stays reproducible; the official judgements stay as they are.`}
      </p>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          void launch()
        }}
      >
        <Field label="Name of the run" className="w-64">
          {(ids) => <Input {...ids} value={name} onChange={(event) => setName(event.target.value)} maxLength={80} />}
        </Field>
        <Button type="submit" variant="primary" disabled={busy || data.excludable === 0 || name.trim() === ''}>
          <Pickaxe /> Launch
        </Button>
      </form>
    </Panel>
  )
}
