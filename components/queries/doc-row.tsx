// One document of a ranking: rank, text with the query's words marked (in full on demand), judgements, and the buttons to judge it here.
'use client'
import { useState } from 'react'
import type { RankedDoc } from '@/contract/query'
import { cn } from '@/components/ui/class-names'
import { JudgeButtons, JudgementBadges } from './judgement'
import { MarkedText } from './marked-text'
import { isRelevant } from './prepare-side-by-side'

export type ShownDoc = Pick<RankedDoc, 'row' | 'id' | 'text' | 'grade' | 'ownGrade'> & Partial<Pick<RankedDoc, 'rank' | 'score'>>

/** Longer texts are cut to a few lines until they are opened. */
const LONG = 600

export function DocRow({ doc, terms, onJudge }: { doc: ShownDoc; terms: ReadonlySet<string>; onJudge: (docRow: number, grade: number | null) => void }) {
  const [whole, setWhole] = useState(false)
  const relevant = isRelevant(doc)
  const long = doc.text.length > LONG
  return (
    <li className={cn('grid grid-cols-[2.25rem_minmax(0,1fr)_auto] gap-x-3 border-t border-line px-4 py-2.5', relevant && 'bg-ok-soft shadow-[inset_3px_0_0_var(--ok)]')} data-relevant={relevant}>
      <span className="tabular pt-px text-right text-base font-medium text-ink-3">{doc.rank ?? '–'}</span>
      <div className="min-w-0">
        <p className={cn('max-w-[90ch] text-base break-words whitespace-pre-line', long && !whole && 'line-clamp-5')}>
          <MarkedText text={doc.text} terms={terms} />
        </p>
        <p className="tabular mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
          <JudgementBadges {...doc} />
          <span className="font-mono">{doc.id}</span>
          {doc.score !== undefined && <span>score {doc.score.toFixed(3)}</span>}
          {long && (
            <button type="button" aria-expanded={whole} onClick={() => setWhole(!whole)} className="underline underline-offset-2 hover:text-ink">
              {whole ? 'Less' : 'The document in full'}
            </button>
          )}
        </p>
      </div>
      <JudgeButtons name={`Document ${doc.id}`} ownGrade={doc.ownGrade} onJudge={(grade) => onJudge(doc.row, grade)} />
    </li>
  )
}
