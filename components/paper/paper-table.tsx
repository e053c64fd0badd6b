// The six models: published, ours, difference, verdict. A table on wide screens, cards on small ones.
'use client'
import Link from 'next/link'
import { ruleOf } from '@/contract/measure'
import { isLive, type RunSummary } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatDifference, formatMeasure } from '@/components/format'
import { RunStateBadge } from '@/components/runs/run-state-badge'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { Hint } from '@/components/ui/tooltip'
import type { PaperCell, PaperRow, Verdict } from './prepare-paper'

interface PaperTableProps {
  rows: PaperRow[]
  /** Id of the model whose reasons are shown. */
  chosen: string | null
  onChoose: (id: string) => void
}

export function PaperTable({ rows, chosen, onChoose }: PaperTableProps) {
  return (
    <Panel title="Models" note="ours: the newest finished run’s last checkpoint" bodyClassName="px-0 pb-0">
      <div className="hidden overflow-x-auto border-t border-line md:block">
        <table className="tabular w-full text-sm">
          <thead className="text-xs text-ink-3">
            <tr>
              <th scope="col" className="py-2 pl-4 text-left font-medium">
                Model
              </th>
              <th scope="col" className="px-3 py-2 text-left font-medium">
                Run
              </th>
              {rows[0].cells.map(({ measure, judged }) => (
                <th key={measure} scope="col" className="px-3 py-2 text-left font-medium whitespace-nowrap">
                  <Hint text={`${ruleOf(measure)} In the paper over ${judged}.`}>
                    <button type="button" className="cursor-help text-left">
                      {measure} <span className="font-normal">{judged}</span>
                    </button>
                  </Hint>
                </th>
              ))}
              <th scope="col" className="pr-4">
                <span className="sr-only">Reasons</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ model, run, others, cells }) => (
              <tr key={model.id} data-model={model.id} className={cn('border-t border-line align-top', chosen === model.id && 'bg-hover')}>
                <th scope="row" className="py-2.5 pl-4 text-left font-medium whitespace-nowrap">
                  {model.title}
                </th>
                <td className="px-3 py-2.5">
                  <RunLink run={run} others={others} />
                </td>
                {cells.map((cell) => (
                  <td key={cell.measure} className="px-3 py-2.5">
                    <Cell cell={cell} />
                  </td>
                ))}
                <td className="py-2 pr-4 text-right">
                  {run && (
                    <Button size="sm" variant="ghost" aria-pressed={chosen === model.id} aria-label={`Why ${model.title} may differ`} onClick={() => onChoose(model.id)}>
                      Why?
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="md:hidden">
        {rows.map(({ model, run, others, cells }) => (
          <li key={model.id} className={cn('border-t border-line px-4 py-3', chosen === model.id && 'bg-hover')}>
            <div className="flex flex-wrap items-center justify-between gap-2">
              <h3 className="text-base font-medium">{model.title}</h3>
              <RunLink run={run} others={others} />
            </div>
            <dl className="mt-2 grid grid-cols-3 gap-2">
              {cells.map((cell) => (
                <div key={cell.measure} className="min-w-0">
                  <dt className="text-xs text-ink-3">{cell.measure}</dt>
                  <dd className="tabular text-sm">
                    <Cell cell={cell} />
                  </dd>
                </div>
              ))}
            </dl>
            {run && (
              <Button size="sm" className="mt-2" aria-pressed={chosen === model.id} onClick={() => onChoose(model.id)}>
                Why it may differ
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function RunLink({ run, others }: { run: RunSummary | null; others: number }) {
  if (!run) return <span className="text-ink-3">not run</span>
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-2 gap-y-1">
      <LineMark colorIndex={run.colorIndex} />
      <Link href={`/runs/${run.id}`} className="max-w-40 truncate hover:underline">
        {run.name}
      </Link>
      {run.state !== 'succeeded' && <RunStateBadge state={run.state} stale={!isLive(run.state)} />}
      {others > 0 && <span className="text-xs text-ink-3">and {formatCount(others)} more</span>}
    </span>
  )
}

const VERDICTS: Partial<Record<Verdict, { text: string; tone: Tone }>> = {
  reproduced: { text: 'reproduced', tone: 'ok' },
  below: { text: 'below', tone: 'bad' },
  above: { text: 'above', tone: 'accent' },
}

function Cell({ cell: { published, ours, n, difference, verdict } }: { cell: PaperCell }) {
  const look = VERDICTS[verdict]
  return (
    <span className="flex flex-col items-start gap-0.5">
      <span>
        <span className="font-semibold">{ours === null ? '–' : formatMeasure(ours)}</span>
        <span className="ml-1.5 text-ink-3">paper {formatMeasure(published)}</span>
      </span>
      {look && difference !== null ? (
        <span className="flex items-center gap-1.5 text-xs text-ink-2">
          {formatDifference(difference)} <Badge tone={look.tone}>{look.text}</Badge>
        </span>
      ) : verdict === 'not judged' ? (
        <span className="text-xs text-ink-3">not judged on this split</span>
      ) : null}
      {n !== null && <span className="text-xs text-ink-3">n {formatCount(n)}</span>}
    </span>
  )
}
