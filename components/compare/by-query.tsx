// Two of the compared runs query by query: the distribution of differences, the scatter, and the queries that moved most.
'use client'
import { PageLink } from '@/components/ui/page-link'
import { useMemo, useRef, useState } from 'react'
import type { QueryValues } from '@/contract/compare'
import type { RunDetail } from '@/contract/run'
import { csvLine } from '@/components/charts/csv'
import { DrawingExport } from '@/components/charts/drawing-export'
import { formatDifference, formatMeasure } from '@/components/format'
import { Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { cn } from '@/components/ui/class-names'
import { DifferenceChart } from './difference-chart'
import { type Difference, binDifferences, differencesOf } from './prepare-slices'
import { ValueScatter } from './value-scatter'

const EXTREMES = 6

export function ByQuery({ answer, runs }: { answer: QueryValues; runs: RunDetail[] }) {
  const [baseline, ...others] = answer.runs.flatMap(({ run, values }) => runs.filter(({ id }) => id === run).map((each) => ({ run: each, values })))
  const [chosen, setChosen] = useState(others[0]?.run.id)
  const other = others.find(({ run }) => run.id === chosen) ?? others[0]
  const differences = useMemo(() => differencesOf(baseline.values, other.values), [baseline, other])
  const bins = useMemo(() => binDifferences(differences.map(({ difference }) => difference)), [differences])
  const sorted = useMemo(() => differences.toSorted((a, b) => b.difference - a.difference), [differences])
  const histogram = useRef<SVGSVGElement>(null)
  const scatter = useRef<SVGSVGElement>(null)
  const csv = () => [['query row', 'query', baseline.run.name, other.run.name, 'difference'], ...differences.map(({ place, a, b, difference }) => [answer.rows[place], answer.texts[place], a, b, difference])].map(csvLine).join('')
  const wins = differences.filter(({ difference }) => difference > 0).length
  const losses = differences.filter(({ difference }) => difference < 0).length
  const words = `${other.run.name} against ${baseline.run.name}, ${answer.measure}: ${wins} won, ${differences.length - wins - losses} tied, ${losses} lost`
  return (
    <div className="grid gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <Panel
        title="Differences by query"
        note={`${answer.measure}, ${wins} won, ${differences.length - wins - losses} tied, ${losses} lost`}
        actions={
          <>
            {others.length > 1 && (
              <Select aria-label="Run that is compared with the first" value={other.run.id} onChange={(e) => setChosen(e.target.value)} className="h-7 w-40 text-sm">
                {others.map(({ run }) => (
                  <option key={run.id} value={run.id}>
                    {run.name}
                  </option>
                ))}
              </Select>
            )}
            <DrawingExport title="Differences by query" svg={histogram} csv={csv} />
          </>
        }
      >
        <figure data-chart="Differences by query">
          <DifferenceChart bins={bins} label={`Histogram. ${words}`} svgRef={histogram} />
        </figure>
        <div className="mt-2 grid gap-4 sm:grid-cols-2">
          <Extremes title="Gained most" differences={sorted.slice(0, EXTREMES).filter(({ difference }) => difference > 0)} answer={answer} runId={other.run.id} />
          <Extremes title="Lost most" differences={sorted.slice(-EXTREMES).reverse().filter(({ difference }) => difference < 0)} answer={answer} runId={other.run.id} />
        </div>
      </Panel>
      <Panel title="Value by query" note={`${answer.measure}: above the line is gained`} actions={<DrawingExport title="Value by query" svg={scatter} csv={csv} />}>
        <figure data-chart="Value by query">
          <ValueScatter differences={differences} label={`Scatter. ${words}`} names={[baseline.run.name, other.run.name]} svgRef={scatter} />
        </figure>
      </Panel>
    </div>
  )
}

function Extremes({ title, differences, answer, runId }: { title: string; differences: Difference[]; answer: QueryValues; runId: string }) {
  return (
    <section>
      <h3 className="mb-1 text-sm">{title}</h3>
      {differences.length === 0 ? (
        <p className="text-sm text-ink-3">None.</p>
      ) : (
        <ul className="text-sm">
          {differences.map(({ place, a, b, difference }) => (
            <li key={place} className="flex items-baseline gap-2 border-t border-line py-1">
              <PageLink href={`/runs/${runId}/queries/${answer.rows[place]}`} className="min-w-0 flex-1 truncate hover:underline" title={answer.texts[place]}>
                {answer.texts[place]}
              </PageLink>
              <span className="tabular text-xs text-ink-3">
                {formatMeasure(a)} → {formatMeasure(b)}
              </span>
              <span className={cn('tabular font-medium', difference > 0 ? 'text-ok' : 'text-bad')}>{formatDifference(difference)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
