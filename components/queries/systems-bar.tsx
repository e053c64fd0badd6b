// Which systems are shown beside the run: added from the runs on the same data set, taken away again, at most four together.
'use client'
import { X } from 'lucide-react'
import type { RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount } from '@/components/format'
import { judgedOn } from '@/components/runs/prepare-runs'
import { RunSelect } from '@/components/runs/run-select'
import { MAX_SYSTEMS, type SystemRef, parseSystems } from './prepare-side-by-side'

interface SystemsBarProps {
  run: RunDetail
  others: SystemRef[]
  /** The others' runs by id, as far as they are read. */
  heads: ReadonlyMap<string, RunDetail>
  onChange: (systems: SystemRef[]) => void
}

export function SystemsBar({ run, others, heads, onChange }: SystemsBarProps) {
  const full = others.length >= MAX_SYSTEMS - 1
  const steps = run.evaluations.length > 1 ? run.evaluations.map(({ checkpointStep }) => ({ value: `${run.id}:${checkpointStep}`, label: `step ${formatCount(checkpointStep)}` })) : []
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2 text-sm text-ink-2">
      <label className="flex items-center gap-2">
        Beside it
        <RunSelect
          value=""
          label={full ? 'four at most' : 'add a system'}
          disabled={full}
          filter={judgedOn(run.datasetId)}
          exclude={run.id}
          groups={[{ title: 'This run at another step', options: steps }]}
          onChange={(value) => onChange([...others, ...parseSystems(value)])}
          className="w-44"
        />
      </label>
      {others.map((system, i) => {
        const found = heads.get(system.runId)
        const name = `${found?.name ?? system.runId}${system.checkpoint === null ? '' : ` at ${formatCount(system.checkpoint)}`}`
        return (
          <span key={i} className="inline-flex h-7 items-center gap-2 rounded-md border border-line bg-surface pr-1 pl-2">
            {found && <LineMark colorIndex={found.colorIndex} />}
            <span className="max-w-40 truncate text-ink">{name}</span>
            <button type="button" aria-label={`Take ${name} away`} onClick={() => onChange(others.filter((_, at) => at !== i))} className="grid size-6 place-items-center rounded hover:bg-hover">
              <X className="size-3.5" />
            </button>
          </span>
        )
      })}
    </div>
  )
}
