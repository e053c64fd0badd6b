// The queue of likely false negatives: one at a time beside the relevant document, verdicts by key or button. A verdict is a judgement made here.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, Check, Undo2, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { MinedNegatives } from '@/contract/query'
import { api, keys, messageOf } from '@/components/api'
import { formatCount } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { ProgressBar } from '@/components/ui/progress-bar'
import { MarkedText } from './marked-text'
import { auditKey, type AuditKey, countVerdicts, marginOf, nextOpen, type Suspect, suspectKey } from './prepare-audit'
import { queryTerms } from './prepare-highlight'

export function AuditQueue({ runId, data }: { runId: string; data: MinedNegatives }) {
  const { suspects, datasetId } = data
  const client = useQueryClient()
  const [place, setPlace] = useState(() => (suspects[0]?.ownGrade === null ? 0 : nextOpen(suspects, 0)))
  const box = useRef<HTMLDivElement>(null)
  const counts = countVerdicts(suspects)
  const suspect = suspects[place]

  const judge = async (grade: number | null) => {
    const { query, doc, ownGrade } = suspect
    const write = (kept: number | null) => client.setQueryData<MinedNegatives>(keys.negatives(runId), (held) => held && { ...held, suspects: held.suspects.map((each) => (suspectKey(each) === suspectKey(suspect) ? { ...each, ownGrade: kept } : each)) })
    // The queue goes on at once; a verdict that could not be kept comes back with words.
    write(grade)
    if (grade !== null) setPlace(nextOpen(suspects.map((each) => (each === suspect ? { ...each, ownGrade: grade } : each)), place))
    try {
      await api.judge(datasetId, { queryRow: query.row, docRow: doc.row, grade })
      await client.invalidateQueries({ queryKey: keys.negatives(runId) })
    } catch (error) {
      write(ownGrade)
      toast.error('The verdict was not kept', { description: messageOf(error) })
    }
  }
  const acts: Record<AuditKey, () => void> = {
    relevant: () => void judge(1),
    negative: () => void judge(0),
    undo: () => void judge(null),
    skip: () => setPlace(Math.min(suspects.length - 1, place + 1)),
    back: () => setPlace(Math.max(0, place - 1)),
  }
  // Keys work while the queue is on screen and nothing else has the focus.
  const latest = useRef(acts)
  useEffect(() => {
    latest.current = acts
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest('input, select, textarea, [role="menu"], [role="dialog"], [role="alertdialog"]')) return
      const act = auditKey(event.key)
      if (!act || (event.key.startsWith('Arrow') && !box.current?.contains(target))) return
      event.preventDefault()
      latest.current[act]()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  return (
    <Panel title="Audit" note={`${formatCount(place + 1)} of ${formatCount(suspects.length)}, most suspicious first`} bodyClassName="px-0 pb-0" actions={<span className="tabular text-xs text-ink-3">{`${counts.relevant} relevant, ${counts.negative} not, ${counts.open} open`}</span>}>
      <ProgressBar share={(counts.relevant + counts.negative) / suspects.length} label="Verdicts" tone="ok" className="rounded-none" />
      <div ref={box} tabIndex={0} role="group" aria-label="Suspicious negative: R relevant, N not relevant, S skip, K back, U undo" className="px-4 py-3" data-suspect={suspectKey(suspect)}>
        <Case suspect={suspect} />
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <Button onClick={acts.relevant} aria-pressed={(suspect.ownGrade ?? 0) > 0} className="aria-pressed:border-ok aria-pressed:bg-ok-soft aria-pressed:text-ok">
          <Check /> Relevant <Key name="R" />
        </Button>
        <Button onClick={acts.negative} aria-pressed={suspect.ownGrade === 0} className="aria-pressed:border-bad aria-pressed:bg-bad-soft aria-pressed:text-bad">
          <X /> Not relevant <Key name="N" />
        </Button>
        <Button variant="ghost" onClick={acts.skip} disabled={place === suspects.length - 1}>
          <ArrowDown /> Skip <Key name="S" />
        </Button>
        <Button variant="ghost" onClick={acts.back} disabled={place === 0}>
          <ArrowUp /> Back <Key name="K" />
        </Button>
        <Button variant="ghost" onClick={acts.undo} disabled={suspect.ownGrade === null}>
          <Undo2 /> Undo <Key name="U" />
        </Button>
      </div>
    </Panel>
  )
}

const Key = ({ name }: { name: string }) => (
  <kbd aria-hidden className="rounded border border-line bg-sunken px-1 font-mono text-xs text-ink-3">
    {name}
  </kbd>
)

function Case({ suspect }: { suspect: Suspect }) {
  const { query, doc, rank, score, positive, positiveScore, overlap, ownGrade } = suspect
  const terms = queryTerms(query.text)
  const margin = marginOf(suspect)
  return (
    <>
      <p className="mb-3 text-lg font-medium text-pretty">{query.text}</p>
      <div className="grid gap-4 md:grid-cols-2">
        <Side
          label={`Negative, rank ${rank}${score === null ? '' : `, score ${score.toFixed(3)}`}`}
          id={doc.id}
          badges={
            <>
              {margin !== null && margin > 0 && <Badge tone="warn">{margin.toFixed(3)} above the relevant one</Badge>}
              <Badge tone={overlap >= 0.7 ? 'warn' : 'plain'}>{Math.round(overlap * 100)} % words in common</Badge>
              {ownGrade !== null && <Badge tone={ownGrade > 0 ? 'accent' : 'plain'}>{ownGrade > 0 ? 'relevant' : 'not relevant'}, judged here</Badge>}
            </>
          }
        >
          <MarkedText text={doc.text} terms={terms} />
        </Side>
        <Side label={score === null ? 'Judged relevant' : positiveScore === null ? 'Judged relevant, not retrieved' : `Judged relevant, score ${positiveScore.toFixed(3)}`} id={positive.id}>
          <MarkedText text={positive.text} terms={terms} />
        </Side>
      </div>
    </>
  )
}

function Side({ label, id, badges, children }: { label: string; id: string; badges?: React.ReactNode; children: React.ReactNode }) {
  return (
    <div className="min-w-0 rounded-md border border-line bg-canvas px-3 py-2">
      <p className="tabular mb-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
        {label} <span className="font-mono">{id}</span> {badges}
      </p>
      <p className="max-h-72 overflow-y-auto text-base break-words whitespace-pre-line">{children}</p>
    </div>
  )
}
