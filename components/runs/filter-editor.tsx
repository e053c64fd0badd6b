// Adds a condition on any column of the table of runs.
'use client'
import { ListFilter } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { METHOD_TITLES } from '@/contract/run'
import { FILTER_OPS, type FilterOp, type RunFilter } from '@/contract/run-table'
import { Button } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'
import type { TableColumn } from './prepare-columns'

const KINDS = { fact: 'Facts', measure: 'Measures', config: 'Settings' } as const
const OP_WORDS: Record<FilterOp, string> = { '=': 'is', '!=': 'is not', '<': 'below', '<=': 'at most', '>': 'above', '>=': 'at least', '~': 'contains', '!~': 'does not contain' }
const NUMERIC = new Set(['created', 'duration', 'step'])

/** The comparisons that mean something for a column. */
function opsFor(column: TableColumn): FilterOp[] {
  if (column.kind === 'measure' || NUMERIC.has(column.id)) return ['>=', '<=', '>', '<', '=', '!=']
  if (column.kind === 'config') return [...FILTER_OPS]
  return ['=', '!=', '~', '!~']
}

export function FilterEditor({ columns, tags, onAdd }: { columns: TableColumn[]; tags: string[]; onAdd: (filter: RunFilter) => void }) {
  const [open, setOpen] = useState(false)
  const [id, setId] = useState('measure.MRR@10')
  const [op, setOp] = useState<FilterOp>('>=')
  const [value, setValue] = useState('')
  const [tried, setTried] = useState(false)
  const column = columns.find((candidate) => candidate.id === id) ?? columns[0]
  const ops = opsFor(column)
  const known = id === 'tag' ? tags : id === 'method' ? Object.keys(METHOD_TITLES) : []
  const needsNumber = column.kind === 'measure' || op === '<' || op === '<=' || op === '>' || op === '>='
  const error = value.trim() === '' ? 'Give a value' : needsNumber && id !== 'created' && !Number.isFinite(Number(value)) ? 'Give a number' : undefined

  const choose = (next: string) => {
    const target = columns.find((candidate) => candidate.id === next)!
    setId(next)
    setOp(opsFor(target)[0])
    setTried(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (error) return
    onAdd({ column: column.id, op, value: value.trim() })
    setValue('')
    setTried(false)
    setOpen(false)
  }
  return (
    <Popup
      label="Add a filter"
      align="start"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <ListFilter /> Filter
        </Button>
      }
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-3">
        <Field label="Column">
          {(ids) => (
            <Select {...ids} value={column.id} onChange={(e) => choose(e.target.value)}>
              {(['fact', 'measure', 'config'] as const).map((kind) => (
                <optgroup key={kind} label={KINDS[kind]}>
                  {columns.filter((candidate) => candidate.kind === kind).map((candidate) => (
                    <option key={candidate.id} value={candidate.id}>
                      {candidate.label}
                    </option>
                  ))}
                </optgroup>
              ))}
            </Select>
          )}
        </Field>
        <div className="grid grid-cols-[9rem_minmax(0,1fr)] gap-2">
          <Field label="Condition">
            {(ids) => (
              <Select {...ids} value={ops.includes(op) ? op : ops[0]} onChange={(e) => setOp(e.target.value as FilterOp)}>
                {ops.map((each) => (
                  <option key={each} value={each}>
                    {OP_WORDS[each]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Value" error={tried ? error : undefined}>
            {(ids) => (
              <>
                <Input {...ids} value={value} onChange={(e) => setValue(e.target.value)} list={known.length ? `${ids.id}-known` : undefined} placeholder={id === 'created' ? '2026-01-31' : undefined} />
                {known.length > 0 && (
                  <datalist id={`${ids.id}-known`}>
                    {known.map((each) => (
                      <option key={each} value={each} />
                    ))}
                  </datalist>
                )}
              </>
            )}
          </Field>
        </div>
        <Button type="submit" variant="primary">
          Add the filter
        </Button>
      </form>
    </Popup>
  )
}
