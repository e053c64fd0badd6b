// The checkpoints of a run: measures with the best marked, loss, training time, files, and the way to each one's queries and downloads.
'use client'
import { Download, ListOrdered, Star } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { MEASURES } from '@/contract/measure'
import { isTrained, type MetricSeries, type RunDetail } from '@/contract/run'
import { api } from '@/components/api'
import { formatBytes, formatCount, formatDuration, formatMeasure, formatNumber } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { CopyButton } from '@/components/ui/copy-button'
import { Panel } from '@/components/ui/panel'
import { type HeadColumn, namedColumns, TableHead } from '@/components/ui/table-head'
import { type CheckpointRow, prepareCheckpoints } from './prepare-checkpoints'

const COLUMNS: HeadColumn[] = [...namedColumns([...MEASURES, 'Loss', 'Trained in', 'Size'], 'right'), ...namedColumns(['SHA-256']), { key: 'acts', title: <span className="sr-only">What to do with it</span> }]

export function RunCheckpoints({ run, metrics, className }: { run: RunDetail; metrics: MetricSeries | undefined; className?: string }) {
  if (!isTrained(run.config)) return null
  const rows = prepareCheckpoints(run, metrics)
  const judged = run.evaluations.at(-1)
  return (
    <Panel title="Checkpoints" className={className} note={judged && `${run.datasetName} ${judged.split}, n ${formatCount(judged.n)}; bold is the best by that measure`} bodyClassName="px-0 pb-0">
      {rows.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-ink-3">The first checkpoint appears here when its training segment ends.</p>
      ) : (
        <div className="relative overflow-x-auto border-t border-line" tabIndex={0} role="region" aria-label="Checkpoints">
          <table className="tabular w-full text-sm">
            <TableHead first="Step" columns={COLUMNS} density="dense" />
            <tbody>
              {rows.map((row) => (
                <Row key={row.step} run={run} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

const cell = 'px-2 py-1 text-right whitespace-nowrap'
const Unknown = () => <span className="text-ink-3">–</span>

function Row({ run, row }: { run: RunDetail; row: CheckpointRow }) {
  return (
    <tr className={cn('border-t border-line hover:bg-hover', row.isBest && 'bg-accent-soft')} data-checkpoint={row.step}>
      <th scope="row" className="py-1 pr-2 pl-4 text-left font-medium whitespace-nowrap">
        {formatCount(row.step)}
        {row.isBest && (
          <Badge tone="accent" className="ml-2 bg-surface">
            <Star aria-hidden /> best
          </Badge>
        )}
        {row.step === 0 && <span className="ml-2 text-xs font-normal text-ink-3">the start</span>}
      </th>
      {MEASURES.map((measure) => (
        <td key={measure} className={cn(cell, row.bestBy.has(measure) && 'font-semibold')}>
          {row.measures[measure] === undefined ? <Unknown /> : formatMeasure(row.measures[measure])}
        </td>
      ))}
      <td className={cell}>{row.loss === null ? <Unknown /> : formatNumber(Number(row.loss.toPrecision(4)))}</td>
      <td className={cell}>{row.seconds === null ? <Unknown /> : formatDuration(row.seconds)}</td>
      <td className={cell}>{row.bytes === null ? <Unknown /> : formatBytes(row.bytes)}</td>
      <td className="px-2 py-1">
        {row.sha256 ? (
          <span className="flex items-center font-mono text-xs text-ink-3">
            {row.sha256.slice(0, 10)} <CopyButton text={row.sha256} label={`Copy the SHA-256 of the weights at ${row.step}`} />
          </span>
        ) : (
          <Unknown />
        )}
      </td>
      <td className="py-1 pr-4 pl-2">
        {row.judged && (
          <span className="flex justify-end gap-1">
            <PageLink href={`/runs/${run.id}/queries?checkpoint=${row.step}`} className={buttonClass({ variant: 'ghost', size: 'icon-sm' })} aria-label={`Queries at step ${row.step}`} title="Queries">
              <ListOrdered />
            </PageLink>
            <a href={api.bundleFile(run.id, row.step)} download className={buttonClass({ variant: 'ghost', size: 'icon-sm' })} aria-label={`Run files and measures at step ${row.step}`} title="Run files, measures and configuration">
              <Download />
            </a>
          </span>
        )}
      </td>
    </tr>
  )
}
