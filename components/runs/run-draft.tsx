// One run of the launch form: its name, its start, and the fields of its method. Folded away when the launch has several.
'use client'
import { ChevronRight, CircleAlert, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { type Path, useFormContext } from 'react-hook-form'
import { isTrained, METHOD_TITLES, type Method, type NewPipeline, type NewRun, valueAt } from '@/contract/run'
import { formatCount } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { cn } from '@/components/ui/class-names'
import { Field, Input, Select } from '@/components/ui/field'
import { type ConfigField, GROUPS, fieldsOf, formatValue, paperValue, SHARED_FIELDS } from './config-fields'
import { GivenFields } from './given-fields'
import { renameRun } from './prepare-draft'
import { StartField } from './start-field'
import { TeacherField } from './teacher-field'

interface RunDraftProps {
  index: number
  runs: NewRun[]
  initial: NewRun
  changedFrom: string
  alone: boolean
  hasError: boolean
  method: Method
}

export function RunDraft({ index, runs, initial, changedFrom, alone, hasError, method }: RunDraftProps) {
  const [opened, setOpened] = useState(alone)
  const open = alone || opened || hasError
  const run = runs[index]
  const fields = fieldsOf(run.config).filter((field) => !SHARED_FIELDS.includes(field) && field.kind !== 'text')
  const changed = fields.filter((field) => valueAt(run.config, field.path) !== valueAt(initial.config, field.path)).length
  return (
    <section className="min-w-0 rounded-lg border border-line bg-surface" aria-label={`Settings of ${run.name || METHOD_TITLES[method]}`}>
      {alone ? (
        <h2 className="px-4 pt-3 text-base">{METHOD_TITLES[method]}</h2>
      ) : (
        <button type="button" aria-expanded={open} onClick={() => setOpened(!open)} className="flex min-h-11 w-full flex-wrap items-center gap-x-2 rounded-lg px-4 py-2 text-left hover:bg-hover">
          <ChevronRight aria-hidden className={cn('size-4 shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} />
          <span className="text-base font-semibold">{run.name || 'Run without a name'}</span>
          <Badge>{METHOD_TITLES[method]}</Badge>
          {hasError && (
            <Badge tone="bad">
              <CircleAlert /> to correct
            </Badge>
          )}
          {changed > 0 && <Badge tone="accent">{changed} changed</Badge>}
          <span className="tabular ml-auto truncate text-sm text-ink-3">{summarise(run)}</span>
        </button>
      )}
      {open && (
        <div className="flex flex-col gap-5 px-4 pt-2 pb-4">
          <div className="grid gap-4 sm:grid-cols-2">
            <NameField index={index} runs={runs} />
            {run.config.method !== 'bm25' && <StartField index={index} runs={runs} />}
            <GivenFields index={index} config={run.config} />
            <TeacherField index={index} runs={runs} />
          </div>
          {GROUPS.map((group) => {
            const inGroup = fields.filter((field) => field.group === group)
            if (inGroup.length === 0) return null
            return (
              <fieldset key={group} className="min-w-0">
                <legend className="mb-2 text-sm font-semibold text-ink-2">{group}</legend>
                <div className="grid gap-x-4 gap-y-4 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">
                  {inGroup.map((field) => (
                    <ConfigInput key={field.path} field={field} index={index} run={run} initial={initial} changedFrom={changedFrom} />
                  ))}
                </div>
              </fieldset>
            )
          })}
        </div>
      )}
    </section>
  )
}

function summarise({ config }: NewRun): string {
  if (config.method === 'bm25') return `k1 ${config.k1}, b ${config.b}`
  if (!isTrained(config)) return ''
  const start = config.method === 'star' || config.method === 'adore' ? config.start : null
  const from = start?.kind === 'sibling' ? `from ${start.name}, ` : ''
  return Number.isFinite(config.train.steps) ? `${from}${formatCount(config.train.steps)} steps of ${config.train.batchSize}` : ''
}

function NameField({ index, runs }: { index: number; runs: NewRun[] }) {
  const form = useFormContext<NewPipeline>()
  const path: Path<NewPipeline> = `runs.${index}.name`
  const { error } = form.getFieldState(path, form.formState)
  const rename = (name: string) => {
    for (const [i, run] of renameRun(runs, index, name).entries()) if (run !== runs[i]) form.setValue(`runs.${i}`, run, { shouldDirty: true })
    if (form.formState.isSubmitted || form.getFieldState(path).isTouched) void form.trigger(path)
  }
  return (
    <Field label="Name" error={error?.message} help="How lists and charts call it.">
      {(ids) => <Input {...ids} name={path} ref={form.register(path).ref} autoComplete="off" value={runs[index].name} onChange={(e) => rename(e.target.value)} onBlur={() => void form.trigger(path)} />}
    </Field>
  )
}

function ConfigInput({ field, index, run, initial, changedFrom }: { field: ConfigField; index: number; run: NewRun; initial: NewRun; changedFrom: string }) {
  const form = useFormContext<NewPipeline>()
  const path = `runs.${index}.config.${field.path}` as Path<NewPipeline>
  const { error } = form.getFieldState(path, form.formState)
  const value = valueAt(run.config, field.path)
  const before = valueAt(initial.config, field.path)
  const paper = paperValue(field, run.config.method)
  return (
    <Field
      label={field.label}
      error={error?.message}
      aside={paper && `paper: ${paper}`}
      help={
        value === before || before === undefined ? (
          field.help
        ) : (
          <>
            <button type="button" onClick={() => form.setValue(path, before as never, { shouldDirty: true, shouldValidate: true })} className="inline-flex items-center gap-1 font-medium text-accent hover:underline">
              <RotateCcw className="size-3" aria-hidden /> {formatValue(field, before)} in {changedFrom}
            </button>{' '}
            {field.help}
          </>
        )
      }
    >
      {(ids) =>
        field.choices ? (
          <Select {...ids} {...form.register(path)}>
            {Object.entries(field.choices).map(([choice, words]) => (
              <option key={choice} value={choice}>
                {words}
              </option>
            ))}
          </Select>
        ) : (
          <Input {...ids} type="number" inputMode="decimal" step="any" {...form.register(path, { valueAsNumber: true })} className="tabular" />
        )
      }
    </Field>
  )
}
