// A chart in its panel: title and value, the drawing or its table view, and words where there is nothing to draw yet.
'use client'
import { ChartLine, Table2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { CurveChart } from './curve-chart'
import { LineMark } from './line-mark'
import { type CurveChart as CurveChartModel, prepareTable } from './prepare-curves'

interface ChartPanelProps {
  title: string
  /** Stands in the title's place, where the title is itself a control. */
  heading?: ReactNode
  /** Right below the title: the value that matters now and what it is over. */
  headline?: ReactNode
  actions?: ReactNode
  chart: CurveChartModel
  formatY: (value: number) => string
  height?: number
  /** Height while there is nothing to draw, where nothing more will come. */
  emptyHeight?: number
  dots?: boolean
  hidden?: ReadonlySet<string>
  marks?: number[]
  best?: { x: number; y: number; colorIndex: number } | null
  /** Said where there is no point yet. */
  empty: string
  className?: string
}

export function ChartPanel({ title, heading, headline, actions, chart, formatY, height = 208, emptyHeight = height, dots, hidden, marks, best, empty, className }: ChartPanelProps) {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const isEmpty = chart.curves.every((curve) => curve.stretches.length === 0)
  return (
    <Panel
      title={heading ?? title}
      className={className}
      bodyClassName="px-2 pb-2"
      actions={
        <>
          {actions}
          <Button variant="ghost" size="icon-sm" aria-label={view === 'chart' ? `${title} as a table` : `${title} as a chart`} title={view === 'chart' ? 'Show as a table' : 'Show as a chart'} onClick={() => setView(view === 'chart' ? 'table' : 'chart')}>
            {view === 'chart' ? <Table2 /> : <ChartLine />}
          </Button>
        </>
      }
    >
      {headline && <div className="-mt-1 px-2 pb-1">{headline}</div>}
      {isEmpty ? (
        <div style={{ height: emptyHeight }} className="flex items-center justify-center px-6 text-center text-sm text-balance text-ink-3">
          {empty}
        </div>
      ) : view === 'chart' ? (
        <CurveChart chart={chart} label={title} formatY={formatY} height={height} dots={dots} hidden={hidden} marks={marks} best={best} />
      ) : (
        <CurveTable title={title} chart={chart} formatY={formatY} height={height} />
      )}
    </Panel>
  )
}

const TABLE_ROWS = 2000

function CurveTable({ title, chart, formatY, height }: { title: string; chart: CurveChartModel; formatY: (value: number) => string; height: number }) {
  const rows = prepareTable(chart.curves)
  return (
    <div style={{ height }} className="overflow-auto px-2" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table className="tabular w-full text-sm">
        <thead className="sticky top-0 bg-surface text-left text-xs text-ink-3">
          <tr>
            <th scope="col" className="py-1 pr-3 font-medium">
              Step
            </th>
            {chart.curves.map((curve) => (
              <th key={curve.id} scope="col" className="py-1 pl-3 text-right font-medium">
                <span className="inline-flex items-center gap-1.5">
                  <LineMark colorIndex={curve.colorIndex} />
                  {curve.label}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, TABLE_ROWS).map(({ x, cells }) => (
            <tr key={x} className="border-t border-line">
              <td className="py-1 pr-3 text-ink-2">{formatCount(x)}</td>
              {cells.map((cell, i) => (
                <td key={chart.curves[i].id} className="py-1 pl-3 text-right">
                  {cell ? formatY(cell.y) : <span className="text-ink-3">–</span>}
                  {cell?.n !== undefined && <span className="ml-2 text-xs text-ink-3">n {formatCount(cell.n)}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
