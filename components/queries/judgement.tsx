// What is judged of a document: the official grade, the judgement made here, a hole where there is neither; and the buttons to judge it here.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Check, CircleDashed, X } from 'lucide-react'
import { toast } from 'sonner'
import type { RankedDoc } from '@/contract/query'
import { api, messageOf } from '@/components/api'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'

type Judged = Pick<RankedDoc, 'grade' | 'ownGrade'>

export function JudgementBadges({ grade, ownGrade }: Judged) {
  return (
    <>
      {grade !== null && grade > 0 && (
        <Badge tone="ok" className="bg-surface">
          <Check aria-hidden /> relevant{grade !== 1 && `, grade ${grade}`}
        </Badge>
      )}
      {grade !== null && grade <= 0 && <Badge>judged not relevant</Badge>}
      {ownGrade !== null && <Badge tone={ownGrade > 0 ? 'accent' : 'plain'}>{ownGrade > 0 ? 'relevant' : 'not relevant'}, judged here</Badge>}
      {grade === null && ownGrade === null && (
        <span className="inline-flex items-center gap-1" title="Nobody judged it; the measures count it as not relevant">
          <CircleDashed className="size-3" aria-hidden /> unjudged
        </span>
      )}
    </>
  )
}

/** Judges documents of a query here; every ranking on screen hears of it. */
export function useJudge(datasetId: string, queryRow: number): (docRow: number, grade: number | null) => Promise<void> {
  const client = useQueryClient()
  return async (docRow, grade) => {
    try {
      await api.judge(datasetId, { queryRow, docRow, grade })
      // Rankings, bounds and negatives of all runs on this data set.
      await client.invalidateQueries({ queryKey: ['run'], predicate: ({ queryKey }) => queryKey[2] === 'ranking' || queryKey[2] === 'bounds' || queryKey[2] === 'negatives' })
    } catch (error) {
      toast.error('The judgement was not kept', { description: messageOf(error) })
    }
  }
}

export function JudgeButtons({ name, ownGrade, onJudge }: { name: string; ownGrade: number | null; onJudge: (grade: number | null) => void }) {
  const press = (grade: number) => onJudge(ownGrade === grade ? null : grade)
  return (
    <span role="group" aria-label={`Judge ${name}`} className="inline-flex">
      <Button variant="ghost" size="icon-sm" aria-pressed={(ownGrade ?? 0) > 0} aria-label={`${name} is relevant`} title="Relevant, judged here" onClick={() => press(1)} className="aria-pressed:bg-ok-soft aria-pressed:text-ok">
        <Check />
      </Button>
      <Button variant="ghost" size="icon-sm" aria-pressed={ownGrade === 0} aria-label={`${name} is not relevant`} title="Not relevant, judged here" onClick={() => press(0)} className="aria-pressed:bg-bad-soft aria-pressed:text-bad">
        <X />
      </Button>
    </span>
  )
}
