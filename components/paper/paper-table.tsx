// The six models: published values, ours, and whether they agree. A table on wide screens, cards on small ones.
import { Check, FlaskConical, Minus, TrendingDown, TrendingUp } from 'lucide-react'
import { type PaperCollection, type PaperMeasure, PAPER_MEASURES } from '@/contract/paper'
import { formatCount, formatDifference, formatMeasure } from '@/components/format'
import { RunName } from '@/components/runs/run-name'
import { Badge, type Tone } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { ScrollX } from '@/components/ui/scroll-x'
import { namedColumns, TableHead } from '@/components/ui/table-head'
import { type PaperCell, type PaperRow, type PaperVerdict, TOLERANCE } from './prepare-paper'

const VERDICTS: Record<Exclude<PaperVerdict, 'none'>, { text: string; tone: Tone; icon: typeof Check }> = {
  agrees: { text: 'agrees', tone: 'ok', icon: Check },
  above: { text: 'above', tone: 'warn', icon: TrendingUp },
  below: { text: 'below', tone: 'bad', icon: TrendingDown },
  other: { text: 'not comparable', tone: 'plain', icon: Minus },
}

interface PaperTableProps {
  collection: PaperCollection
  rows: PaperRow[]
  datasetId: string | null
}

export function PaperTable({ collection, rows, datasetId }: PaperTableProps) {
  const measures = PAPER_MEASURES[collection]
  return (
    <Panel title={`MS MARCO ${collection === 'passage' ? 'passages' : 'documents'}`} note="published value first, ours below it at the run’s last checkpoint" bodyClassName="px-0 pb-0">
      <ScrollX label="Published and our values, table" className="hidden md:block">
        <table className="tabular w-full text-sm">
          <TableHead first="Model" columns={[...measures.map((measure) => ({ key: measure.id, title: <MeasureTitle measure={measure} /> })), ...namedColumns(['Our run'])]} />
          <tbody>
            {rows.map((row) => (
              <tr key={row.model.id} data-model={row.model.id} className="border-t border-line align-top">
                <th scope="row" className="py-2.5 pr-4 pl-4 text-left text-base font-medium whitespace-nowrap">
                  {row.model.title}
                </th>
                {row.cells.map((cell) => (
                  <td key={cell.measure.id} className="px-4 py-2.5">
                    <Cell cell={cell} />
                  </td>
                ))}
                <td className="max-w-56 px-4 py-2.5">
                  <Ours row={row} datasetId={datasetId} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <ul className="md:hidden">
        {rows.map((row) => (
          <li key={row.model.id} className="border-t border-line p-4">
            <h3 className="text-base">{row.model.title}</h3>
            <dl className="tabular my-2 grid grid-cols-3 gap-2">
              {row.cells.map((cell) => (
                <div key={cell.measure.id}>
                  <dt className="text-xs text-ink-3">{cell.measure.id}</dt>
                  <dd>
                    <Cell cell={cell} />
                  </dd>
                </div>
              ))}
            </dl>
            <Ours row={row} datasetId={datasetId} />
          </li>
        ))}
      </ul>
      <p className="border-t border-line px-4 py-2.5 text-xs text-ink-3">
        Agrees: within {TOLERANCE} of the published value, or the published value lies in our 95 % interval over queries. NDCG@10 was published for the queries of TREC DL 2019; it has a verdict where our run was judged on those, the data set’s test queries.
      </p>
    </Panel>
  )
}

function MeasureTitle({ measure: { id, queries } }: { measure: PaperMeasure }) {
  return (
    <>
      {id}
      <span className="block font-normal">{queries}</span>
    </>
  )
}

function Cell({ cell: { published, ours, standIn, verdict } }: { cell: PaperCell }) {
  const look = verdict === 'none' ? null : VERDICTS[verdict]
  return (
    <>
      <span className="block text-base text-ink-2">{formatMeasure(published)}</span>
      {ours === null || !look ? (
        <span className="text-ink-3">–</span>
      ) : (
        <>
          <span className="text-lg font-medium">{formatMeasure(ours)}</span>
          {standIn && <span className="ml-1 text-xs text-ink-3">{standIn}</span>}
          {verdict !== 'other' && <span className="ml-1.5 text-xs text-ink-3">{formatDifference(ours - published)}</span>}
          <span className="mt-0.5 block">
            <Badge tone={look.tone}>
              <look.icon aria-hidden /> {look.text}
            </Badge>
          </span>
        </>
      )}
    </>
  )
}

function Ours({ row: { run, model }, datasetId }: { row: PaperRow; datasetId: string | null }) {
  if (run)
    return (
      <>
        <RunName run={run} />
        <span className="block text-xs text-ink-3">
          step {formatCount(run.evaluation!.checkpointStep)}, n {formatCount(run.evaluation!.n)}
          {run.startRunName && `, from ${run.startRunName}`}
        </span>
      </>
    )
  if (datasetId === null) return <span className="text-ink-3">–</span>
  return (
    <ButtonLink href={`/runs/new?recipe=${model.method}&dataset=${datasetId}`} size="sm" aria-label={`Reproduce ${model.title}`}>
      <FlaskConical /> Reproduce
    </ButtonLink>
  )
}
