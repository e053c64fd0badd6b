// What the log viewer shows: a step, a level, an attempt, lines with a text; and the way to the whole log as a file.
'use client'
import { Download, Search } from 'lucide-react'
import type { LogLevel } from '@/contract/event'
import type { RunDetail } from '@/contract/run'
import { api } from '@/components/api'
import { buttonClass } from '@/components/ui/button'
import { Input, Select } from '@/components/ui/field'

export interface LogFilter {
  stepId: string | null
  attempt: number | null
  level: LogLevel
  q: string
}

export const NO_FILTER: LogFilter = { stepId: null, attempt: null, level: 'info', q: '' }

export function LogFilters({ run, filter, onChange }: { run: RunDetail; filter: LogFilter; onChange: (filter: LogFilter) => void }) {
  const attempts = run.steps.find((step) => step.id === filter.stepId)?.attempt ?? 0
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <label className="relative">
        <Search className="pointer-events-none absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-ink-3" aria-hidden />
        <Input type="search" aria-label="Search the log" placeholder="Search the log" value={filter.q} maxLength={200} onChange={(e) => onChange({ ...filter, q: e.target.value })} className="h-7 w-44 pl-7 text-sm" />
      </label>
      <Select aria-label="Lines of level" value={filter.level} onChange={(e) => onChange({ ...filter, level: e.target.value as LogLevel })} className="h-7 w-auto text-sm">
        <option value="info">All levels</option>
        <option value="warn">Warnings and errors</option>
        <option value="error">Errors</option>
      </Select>
      <Select aria-label="Lines of" value={filter.stepId ?? ''} onChange={(e) => onChange({ ...filter, stepId: e.target.value || null, attempt: null })} className="h-7 w-auto max-w-48 text-sm">
        <option value="">All steps</option>
        {run.steps.map((step) => (
          <option key={step.id} value={step.id}>
            {step.label}
          </option>
        ))}
      </Select>
      {attempts > 1 && (
        <Select aria-label="Lines of attempt" value={filter.attempt ?? ''} onChange={(e) => onChange({ ...filter, attempt: e.target.value ? Number(e.target.value) : null })} className="h-7 w-auto text-sm">
          <option value="">All attempts</option>
          {Array.from({ length: attempts }, (_, i) => (
            <option key={i} value={i + 1}>
              Attempt {i + 1}
            </option>
          ))}
        </Select>
      )}
      <a href={api.logFile(run.id, filter.stepId)} download className={buttonClass({ size: 'icon-sm', variant: 'ghost' })} aria-label="Download the log" title={filter.stepId ? 'Download the step’s log' : 'Download the log'}>
        <Download />
      </a>
    </div>
  )
}
