// What can be set of a part: its text, or its runs and what is shown of them.
'use client'
import { useId } from 'react'
import { MEASURES } from '@/contract/measure'
import type { ReportBlock } from '@/contract/report'
import type { RunSummary } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { ALL_MEASURES, MeasureChoice } from '@/components/compare/measure-choice'
import { RunPicker } from '@/components/compare/run-picker'
import { Select } from '@/components/ui/field'

/** Curves of training, beside the measures. */
const METRICS = { loss: 'Training loss', 'gradient norm': 'Gradient norm', 'learning rate': 'Learning rate', 'tokens per second': 'Tokens per second' }
const TEXT_ROWS = 6

export function BlockFields({ block, runs, onChange }: { block: ReportBlock; runs: RunSummary[]; onChange: (block: ReportBlock) => void }) {
  if (block.kind === 'text') return <TextField markdown={block.markdown} onChange={(markdown) => onChange({ ...block, markdown })} />
  const chosen = block.runs.flatMap((id) => runs.find((run) => run.id === id) ?? [])
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <RunPicker runs={runs} selected={block.runs} onChange={(ids) => onChange({ ...block, runs: ids })} />
      {block.kind === 'curves' && (
        <Select aria-label="Curve" value={block.of} onChange={(e) => onChange({ ...block, of: e.target.value })} className="w-44">
          <optgroup label="By checkpoint">
            {ALL_MEASURES.map((measure) => (
              <option key={measure}>{measure}</option>
            ))}
          </optgroup>
          <optgroup label="By training step">
            {Object.entries(METRICS).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </optgroup>
        </Select>
      )}
      {block.kind === 'measures' && <MeasureChoice measures={block.measures} onChange={(measures) => onChange({ ...block, measures: measures.length > 0 ? measures : [...MEASURES] })} />}
      <ul className="flex flex-wrap gap-x-3 gap-y-1 text-sm text-ink-2">
        {chosen.map((run) => (
          <li key={run.id} className="flex items-center gap-1.5">
            <LineMark colorIndex={run.colorIndex} /> {run.name}
          </li>
        ))}
      </ul>
    </div>
  )
}

function TextField({ markdown, onChange }: { markdown: string; onChange: (markdown: string) => void }) {
  const id = useId()
  return (
    <>
      <label htmlFor={id} className="sr-only">
        Text in Markdown
      </label>
      <textarea
        id={id}
        value={markdown}
        onChange={(e) => onChange(e.target.value)}
        rows={Math.max(TEXT_ROWS, markdown.split('\n').length + 1)}
        maxLength={100_000}
        placeholder="Markdown: what was tried, what came out, what follows"
        className="w-full rounded-md border border-line-strong/70 bg-surface px-2.5 py-2 font-mono text-sm"
      />
    </>
  )
}
