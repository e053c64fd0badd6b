// Edits a report: its text, with charts and tables put in where the cursor is, and a preview that is the report itself.
'use client'
import { ChartLine, Table2 } from 'lucide-react'
import { useDeferredValue, useRef, useState } from 'react'
import { MEASURES } from '@/contract/measure'
import { type Report, type ReportBlock, blockText } from '@/contract/report'
import { ALL_MEASURES } from '@/components/compare/measure-choice'
import { RunPicker } from '@/components/compare/run-picker'
import { Button } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Popup } from '@/components/ui/popover'
import { ReportBody } from './report-body'

interface ReportEditorProps {
  report: Report
  /** Resolves to why it could not be saved, or null. */
  onSave: (title: string, body: string) => Promise<string | null>
  onCancel: () => void
}

export function ReportEditor({ report, onSave, onCancel }: ReportEditorProps) {
  const [title, setTitle] = useState(report.title)
  const [body, setBody] = useState(report.body)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const text = useRef<HTMLTextAreaElement>(null)
  const shown = useDeferredValue(body)

  const insert = (block: Extract<ReportBlock, { kind: 'chart' | 'table' }>) => {
    const at = text.current?.selectionEnd ?? body.length
    const before = body.slice(0, at).replace(/\n*$/, at === 0 ? '' : '\n\n')
    setBody(`${before}${blockText(block)}\n\n${body.slice(at).replace(/^\n*/, '')}`)
  }
  const save = async () => {
    setBusy(true)
    setRefusal(await onSave(title, body))
    setBusy(false)
  }
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <div className="flex flex-col gap-3 xl:sticky xl:top-5">
        {refusal !== null && (
          <Notice tone="bad" role="alert" title="The report is not saved">
            {refusal}
          </Notice>
        )}
        <Field label="Title" error={title.trim() === '' ? 'Give the report a title' : undefined}>
          {(ids) => <Input {...ids} value={title} maxLength={120} onChange={(e) => setTitle(e.target.value)} />}
        </Field>
        <div className="flex flex-wrap items-center gap-2">
          <InsertBlock kind="chart" onInsert={insert} />
          <InsertBlock kind="table" onInsert={insert} />
        </div>
        <textarea ref={text} aria-label="Text of the report, in Markdown" value={body} onChange={(e) => setBody(e.target.value)} rows={24} spellCheck className="w-full resize-y rounded-md border border-line-strong/70 bg-surface p-3 font-mono text-sm" />
        <div className="flex gap-2">
          <Button variant="primary" disabled={busy || title.trim() === ''} onClick={() => void save()}>
            {busy ? 'Saving' : 'Save'}
          </Button>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      </div>
      <Panel title="Preview">
        <ReportBody body={shown} />
        {shown.trim() === '' && <p className="text-sm text-ink-3">What you write appears here.</p>}
      </Panel>
    </div>
  )
}

function InsertBlock({ kind, onInsert }: { kind: 'chart' | 'table'; onInsert: (block: Extract<ReportBlock, { kind: 'chart' | 'table' }>) => void }) {
  const [open, setOpen] = useState(false)
  const [runs, setRuns] = useState<string[]>([])
  const [what, setWhat] = useState<string>(MEASURES[0])
  const add = () => {
    const isMetric = what === 'loss'
    onInsert(kind === 'chart' ? { kind, runs, measure: isMetric ? null : what, metric: isMetric ? what : null } : { kind, runs, measures: [...MEASURES] })
    setRuns([])
    setOpen(false)
  }
  return (
    <Popup
      label={`Put in a ${kind}`}
      align="start"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="sm">
          {kind === 'chart' ? <ChartLine /> : <Table2 />} Put in a {kind}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        {kind === 'chart' && (
          <Field label="What it shows">
            {(ids) => (
              <Select {...ids} value={what} onChange={(e) => setWhat(e.target.value)}>
                {[...ALL_MEASURES, 'loss'].map((each) => (
                  <option key={each} value={each}>
                    {each === 'loss' ? 'Training loss' : each}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <div className="flex items-center gap-2">
          <RunPicker selected={runs} onChange={setRuns} />
          <span className="text-sm text-ink-3">{runs.length === 0 ? 'none chosen' : `${runs.length} chosen`}</span>
        </div>
        <Button variant="primary" disabled={runs.length === 0} onClick={add}>
          Put it in
        </Button>
      </div>
    </Popup>
  )
}
