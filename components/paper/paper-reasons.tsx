// Why our values are off, model by model, what explains most first.
import type { DatasetCounts } from '@/contract/dataset'
import type { PaperCollection } from '@/contract/paper'
import { Panel } from '@/components/ui/panel'
import { type PaperRow, reasonsFor } from './prepare-paper'

export function PaperReasons({ collection, rows, counts }: { collection: PaperCollection; rows: PaperRow[]; counts: DatasetCounts | null }) {
  const off = rows.flatMap(({ model, run, cells }) => (run && cells.some(({ verdict }) => verdict === 'below' || verdict === 'above' || verdict === 'other') ? [{ model, run, reasons: reasonsFor(model, run, collection, counts) }] : [])).filter(({ reasons }) => reasons.length > 0)
  if (off.length === 0) return null
  return (
    <Panel title="Why they differ" note="what explains most first">
      <div className="flex flex-col gap-2">
        {off.map(({ model, run, reasons }) => (
          <details key={model.id} className="rounded-md border border-line px-3 py-2">
            <summary className="text-base font-medium">
              {model.title} <span className="font-normal text-ink-3">{`(${run.name}): ${reasons[0].title.toLowerCase()}${reasons.length > 1 ? ` and ${reasons.length - 1} more` : ''}`}</span>
            </summary>
            <ol className="mt-2 list-decimal pl-6 text-sm">
              {reasons.map(({ title, detail }) => (
                <li key={title} className="py-1">
                  <strong className="font-semibold">{title}.</strong> <span className="text-ink-2">{detail}</span>
                </li>
              ))}
            </ol>
          </details>
        ))}
      </div>
    </Panel>
  )
}
