// A form control that chooses one run among all: looks like a select, opens a search, stands in a label. Other choices, such as imported models, can stand above the runs.
'use client'
import { Check, ChevronDown } from 'lucide-react'
import { type ComponentProps, useId, useState } from 'react'
import { LineMark } from '@/components/charts/line-mark'
import { cn } from '@/components/ui/class-names'
import { controlClass } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'
import { CHOICE_CLASS, RunLine, RunSearch } from './run-search'

export interface ChoiceGroup {
  /** Absent where the group needs none. */
  title?: string
  options: { value: string; label: string }[]
}

interface RunSelectProps extends Pick<ComponentProps<'button'>, 'id' | 'disabled' | 'className' | 'aria-describedby' | 'aria-invalid'> {
  /** Id of a run, or the value of an option. */
  value: string
  /** What is chosen, in words. */
  label: string
  colorIndex?: number
  filter?: string
  /** Id of a run that is not offered. */
  exclude?: string
  groups?: ChoiceGroup[]
  onChange: (value: string) => void
}

export function RunSelect({ value, label, colorIndex, filter, exclude, groups = [], onChange, className, disabled, ...field }: RunSelectProps) {
  const [open, setOpen] = useState(false)
  const valueId = useId()
  const choose = (next: string) => {
    setOpen(false)
    onChange(next)
  }
  return (
    <Popup
      label="Choose a run"
      align="start"
      open={open}
      onOpenChange={setOpen}
      trigger={
        // The label names it; what is chosen is told as its description.
        <button type="button" {...field} disabled={disabled} aria-describedby={[valueId, field['aria-describedby']].filter(Boolean).join(' ')} className={cn(controlClass, 'flex items-center gap-2 text-left', className)}>
          {colorIndex !== undefined && <LineMark colorIndex={colorIndex} />}
          <span id={valueId} className="min-w-0 flex-1 truncate">
            {label}
          </span>
          <ChevronDown className="size-3.5 shrink-0 text-ink-3" aria-hidden />
        </button>
      }
    >
      <RunSearch
        filter={filter}
        exclude={exclude}
        above={groups
          .filter(({ options }) => options.length > 0)
          .map(({ title, options }, i) => (
            <ul key={title ?? i} aria-label={title} className="mb-1">
              {title && (
                <li aria-hidden className="px-1 py-1 text-xs font-semibold text-ink-3">
                  {title}
                </li>
              )}
              {options.map((option) => (
                <li key={option.value}>
                  <Choice chosen={option.value === value} onChoose={() => choose(option.value)}>
                    <span className="min-w-0 flex-1 truncate text-sm">{option.label}</span>
                  </Choice>
                </li>
              ))}
            </ul>
          ))}
        choice={(run) => (
          <Choice chosen={run.id === value} onChoose={() => choose(run.id)}>
            <RunLine run={run} />
          </Choice>
        )}
      />
    </Popup>
  )
}

function Choice({ chosen, onChoose, children }: { chosen: boolean; onChoose: () => void; children: React.ReactNode }) {
  return (
    <button type="button" aria-current={chosen ? 'true' : undefined} onClick={onChoose} className={CHOICE_CLASS}>
      {children}
      {chosen && <Check className="size-3.5 shrink-0 text-accent" aria-hidden />}
    </button>
  )
}
