// A chart in its panel: title and value, the drawing or its table view, files of both, and words where there is nothing to draw yet.
'use client'
import { ChartLine, Download, Table2, ZoomOut } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { toast } from 'sonner'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { Panel } from '@/components/ui/panel'
import { CurveChart } from './curve-chart'
import { chartCsv, chartPng, chartSvg, saveFile } from './export-chart'
import { LineMark } from './line-mark'
import { xText } from './prepare-axis'
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
  /** True while only a stretch of the x axis is shown. */
  zoomed?: boolean
  onZoom?: (range: [number, number] | null) => void
  /** Said where there is no point yet. */
  empty: string
  className?: string
}

export function ChartPanel({ title, heading, headline, actions, chart, formatY, height = 208, emptyHeight = height, dots, hidden, marks, best, zoomed = false, onZoom, empty, className }: ChartPanelProps) {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const svg = useRef<SVGSVGElement>(null)
  const isEmpty = chart.curves.every((curve) => curve.stretches.length === 0) && !zoomed
  return (
    <Panel
      title={heading ?? title}
      className={className}
      bodyClassName="px-2 pb-2"
      actions={
        <>
          {zoomed && onZoom && (
            <Button variant="ghost" size="icon-sm" aria-label={`All of ${title}`} title="Show everything again (double click)" onClick={() => onZoom(null)}>
              <ZoomOut />
            </Button>
          )}
          {actions}
          {!isEmpty && <ExportMenu title={title} chart={chart} hidden={hidden} svg={view === 'chart' ? svg : null} />}
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
        <CurveChart chart={chart} label={title} formatY={formatY} height={height} dots={dots} hidden={hidden} marks={marks} best={best} onZoom={onZoom} svgRef={svg} />
      ) : (
        <CurveTable title={title} chart={chart} formatY={formatY} height={height} />
      )}
    </Panel>
  )
}

function ExportMenu({ title, chart, hidden, svg }: { title: string; chart: CurveChartModel; hidden?: ReadonlySet<string>; svg: React.RefObject<SVGSVGElement | null> | null }) {
  const curves = hidden ? chart.curves.filter((curve) => !hidden.has(curve.id)) : chart.curves
  const name = title.toLowerCase().replaceAll(/[^a-z0-9@]+/g, '-')
  const drawing = () => chartSvg(svg!.current!, title, curves)
  const savePng = () =>
    chartPng(drawing()).then(
      (blob) => saveFile(`${name}.png`, blob, 'image/png'),
      (error: Error) => toast.error('The picture could not be made', { description: error.message }),
    )
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={`Download ${title}`} title="Download as PNG, SVG or CSV">
          <Download />
        </Button>
      }
    >
      {svg && <MenuItem onSelect={() => void savePng()}>PNG</MenuItem>}
      {svg && <MenuItem onSelect={() => saveFile(`${name}.svg`, drawing().text, 'image/svg+xml')}>SVG</MenuItem>}
      <MenuItem onSelect={() => saveFile(`${name}.csv`, chartCsv(curves, chart.x.kind), 'text/csv')}>CSV</MenuItem>
    </Menu>
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
              {chart.x.kind === 'step' ? 'Step' : chart.x.kind === 'epoch' ? 'Epoch' : 'Time'}
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
              <td className="py-1 pr-3 whitespace-nowrap text-ink-2">{chart.x.kind === 'step' ? formatCount(x) : xText(chart.x.kind, x)}</td>
              {cells.map((cell, i) => (
                <td key={chart.curves[i].id} className="py-1 pl-3 text-right whitespace-nowrap">
                  {cell ? formatY(cell.y) : <span className="text-ink-3">–</span>}
                  {cell?.interval && <span className="ml-2 text-xs text-ink-3">{`${formatY(cell.interval[0])} to ${formatY(cell.interval[1])}`}</span>}
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
