// Editing a report: its title and parts, each with what it shows right below. Nothing is stored before Save; leaving with changes asks.
'use client'
import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from 'sonner'
import type { Report, ReportBlock } from '@/contract/report'
import { api, keys, messageOf } from '@/components/api'
import { PageHeader } from '@/components/shell/page-header'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Input } from '@/components/ui/field'
import { Menu, MenuItem } from '@/components/ui/menu'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { BlockFields } from './block-fields'
import { type EditedBlock, insertBlock, keyed, moveBlock, PART_TITLES, runsOf } from './prepare-report'
import { ReportBlockView } from './report-block'
import { useReportRuns } from './use-report-runs'

const KINDS = Object.keys(PART_TITLES) as ReportBlock['kind'][]

export function ReportEditor({ report, onClose }: { report: Report; onClose: (saved: Report | null) => void }) {
  const [title, setTitle] = useState(report.title)
  const [blocks, setBlocks] = useState(() => keyed(report.blocks))
  const [refusal, setRefusal] = useState<string | null>(null)
  const [saving, setSaving] = useState(false)
  const changed = title !== report.title || JSON.stringify(blocks.map(({ block }) => block)) !== JSON.stringify(report.blocks)
  useWarning(changed)
  const all = useReportRuns(runsOf(blocks.map(({ block }) => block)))
  const runs = useQuery({ queryKey: keys.runs, queryFn: ({ signal }) => api.runs(signal) })

  const save = async (event: React.FormEvent) => {
    event.preventDefault()
    setRefusal(null)
    setSaving(true)
    try {
      onClose(await api.changeReport(report.id, { title, blocks: blocks.map(({ block }) => block), version: report.version }))
    } catch (error) {
      setRefusal(messageOf(error))
      setSaving(false)
    }
  }
  const remove = (at: number) => {
    const before = blocks
    setBlocks(blocks.toSpliced(at, 1))
    toast(`${PART_TITLES[blocks[at].block.kind]} is taken out`, { action: { label: 'Undo', onClick: () => setBlocks(before) } })
  }
  const change = (at: number, block: ReportBlock) => setBlocks(blocks.with(at, { ...blocks[at], block }))
  return (
    <form onSubmit={(event) => void save(event)} onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.currentTarget.requestSubmit()}>
      <PageHeader
        title={`Editing ${report.title}`}
        crumbs={[{ href: '/reports', label: 'Reports' }]}
        actions={
          <>
            {changed ? (
              <ConfirmDialog trigger={<Button>Cancel</Button>} title="Drop the changes?" action="Drop them" keep="Go on writing" onConfirm={async () => onClose(null)}>
                What you changed since the last save is lost.
              </ConfirmDialog>
            ) : (
              <Button onClick={() => onClose(null)}>Cancel</Button>
            )}
            <Button type="submit" variant="primary" disabled={saving}>
              {saving ? 'Saving' : 'Save'}
            </Button>
          </>
        }
      />
      {refusal && (
        <Notice tone="bad" role="alert" className="mb-4" title="The report was not saved">
          {refusal}
        </Notice>
      )}
      <div className="flex max-w-4xl flex-col gap-3">
        <Field label="Title">{(ids) => <Input {...ids} value={title} required maxLength={120} onChange={(e) => setTitle(e.target.value)} />}</Field>
        {blocks.map(({ key, block }, at) => (
          <Panel
            key={key}
            title={PART_TITLES[block.kind]}
            data-editing={block.kind}
            actions={<PartActions at={at} blocks={blocks} onMove={(by) => setBlocks(moveBlock(blocks, at, by))} onRemove={() => remove(at)} />}
          >
            <BlockFields block={block} runs={runs.data ?? []} onChange={(next) => change(at, next)} />
            {block.kind !== 'text' && (
              <div className="mt-3">
                <ReportBlockView block={block} all={all} />
              </div>
            )}
          </Panel>
        ))}
        <Menu
          align="start"
          trigger={
            <Button className="self-start">
              <Plus /> Add a part
            </Button>
          }
        >
          {KINDS.map((kind) => (
            <MenuItem key={kind} onSelect={() => setBlocks(insertBlock(blocks, blocks.length - 1, kind))}>
              {PART_TITLES[kind]}
            </MenuItem>
          ))}
        </Menu>
      </div>
    </form>
  )
}

function PartActions({ at, blocks, onMove, onRemove }: { at: number; blocks: EditedBlock[]; onMove: (by: -1 | 1) => void; onRemove: () => void }) {
  const name = `part ${at + 1}, ${PART_TITLES[blocks[at].block.kind]}`
  return (
    <>
      <Button variant="ghost" size="icon-sm" aria-label={`Move ${name} up`} title="Up" disabled={at === 0} onClick={() => onMove(-1)}>
        <ArrowUp />
      </Button>
      <Button variant="ghost" size="icon-sm" aria-label={`Move ${name} down`} title="Down" disabled={at === blocks.length - 1} onClick={() => onMove(1)}>
        <ArrowDown />
      </Button>
      <Button variant="ghost" size="icon-sm" aria-label={`Take out ${name}`} title="Take out" onClick={onRemove}>
        <Trash2 />
      </Button>
    </>
  )
}

/** Asks before the window is closed or left while there are changes. */
function useWarning(changed: boolean): void {
  useEffect(() => {
    if (!changed) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [changed])
}
