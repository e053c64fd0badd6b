// Rankings of up to four systems in columns, with lines that show how each document moves from one to the next. A document that is chosen opens below in full.
'use client'
import { useMemo, useState } from 'react'
import type { QueryRanking, RankedDoc } from '@/contract/query'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { JudgeButtons, JudgementBadges } from './judgement'
import { MarkedText } from './marked-text'
import { isRelevant, movementLines } from './prepare-side-by-side'

/** A row and the room between two columns. */
const ROW_PX = 52
const GUTTER_PX = 44

export interface System {
  ranking: QueryRanking
  colorIndex: number
}

interface SideBySideProps {
  systems: System[]
  terms: ReadonlySet<string>
  shown: number
  onJudge: (docRow: number, grade: number | null) => void
}

export function SideBySide({ systems, terms, shown, onJudge }: SideBySideProps) {
  const [chosen, setChosen] = useState<number | null>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  const lists = useMemo(() => systems.map(({ ranking }) => ranking.docs.slice(0, shown)), [systems, shown])
  const rows = Math.max(1, ...lists.map((docs) => docs.length))
  const doc = chosen === null ? null : systems.flatMap(({ ranking }) => [...ranking.docs.filter((each) => each.row === chosen), ...ranking.missed.filter((each) => each.row === chosen)])[0]
  return (
    <>
      {doc && <ChosenDoc doc={doc} systems={systems} terms={terms} onJudge={onJudge} onClose={() => setChosen(null)} />}
      <div className="relative overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0} role="region" aria-label="Rankings side by side">
        <div className="flex" style={{ minWidth: systems.length * 240 + (systems.length - 1) * GUTTER_PX }} onPointerLeave={() => setPointed(null)}>
          {systems.map(({ ranking, colorIndex }, i) => (
            <div key={`${ranking.runId} ${ranking.checkpointStep} ${i}`} className="contents">
              {i > 0 && <Gutter left={lists[i - 1]} right={lists[i]} rows={rows} lit={pointed ?? chosen} />}
              <section aria-label={`Ranking of ${ranking.runName}`} className="min-w-0 flex-1 basis-60">
                <h2 className="flex h-14 flex-col justify-center border-b border-line px-3">
                  <span className="flex items-center gap-2 text-base">
                    <LineMark colorIndex={colorIndex} /> <span className="truncate">{ranking.runName}</span>
                  </span>
                  <span className="tabular truncate text-xs font-normal text-ink-3">
                    {`step ${formatCount(ranking.checkpointStep)} · MRR@10 ${ranking.measures['MRR@10'] === undefined ? '–' : formatMeasure(ranking.measures['MRR@10'])} · ${ranking.holes} holes in 10`}
                  </span>
                </h2>
                <ol>
                  {lists[i].map((each) => (
                    <li key={each.row} style={{ height: ROW_PX }} data-relevant={isRelevant(each)} className={cn('border-b border-line', isRelevant(each) && 'bg-ok-soft', (pointed ?? chosen) === each.row && 'bg-hover')} onPointerEnter={() => setPointed(each.row)}>
                      <button type="button" aria-pressed={chosen === each.row} onClick={() => setChosen(chosen === each.row ? null : each.row)} className="grid h-full w-full grid-cols-[1.75rem_minmax(0,1fr)] items-center gap-x-2 px-2 text-left">
                        <span className={cn('tabular text-right text-sm', isRelevant(each) ? 'font-semibold text-ok' : 'text-ink-3')}>{each.rank}</span>
                        <span className="line-clamp-2 text-sm leading-4">
                          {each.grade === null && each.ownGrade === null && (
                            <span title="unjudged" className="text-ink-3">
                              ◌{' '}
                            </span>
                          )}
                          <MarkedText text={each.text} terms={terms} />
                        </span>
                      </button>
                    </li>
                  ))}
                </ol>
                {ranking.docs.length === 0 && <p className="p-3 text-sm text-ink-2">Nothing was retrieved.</p>}
              </section>
            </div>
          ))}
        </div>
      </div>
      <p className="mt-2 text-xs text-ink-3">Green: relevant. ◌: nobody judged it. A line joins the same document; a document without a line is not among the ranks shown of the other system.</p>
    </>
  )
}

function Gutter({ left, right, rows, lit }: { left: RankedDoc[]; right: RankedDoc[]; rows: number; lit: number | null }) {
  const lines = useMemo(() => movementLines(left, right), [left, right])
  const y = (place: number) => 56 + place * ROW_PX + ROW_PX / 2
  return (
    <svg width={GUTTER_PX} height={56 + rows * ROW_PX} className="shrink-0 border-x border-line bg-sunken" aria-hidden>
      {lines.map(({ docRow, left: from, right: to, isRelevant: good }) => (
        <path
          key={docRow}
          data-movement
          d={`M0 ${y(from)}C${GUTTER_PX / 2} ${y(from)} ${GUTTER_PX / 2} ${y(to)} ${GUTTER_PX} ${y(to)}`}
          fill="none"
          stroke={docRow === lit ? 'var(--accent)' : good ? 'var(--ok)' : 'var(--line-strong)'}
          strokeWidth={docRow === lit || good ? 2 : 1}
          strokeOpacity={docRow === lit || good ? 1 : 0.5}
        />
      ))}
    </svg>
  )
}

function ChosenDoc({ doc, systems, terms, onJudge, onClose }: { doc: Pick<RankedDoc, 'row' | 'id' | 'text' | 'grade' | 'ownGrade'>; systems: System[]; terms: ReadonlySet<string>; onJudge: SideBySideProps['onJudge']; onClose: () => void }) {
  return (
    <Panel
      className="mb-4"
      title={<span className="font-mono text-sm">{doc.id}</span>}
      note={systems.map(({ ranking }) => `${ranking.runName}: ${ranking.docs.find((each) => each.row === doc.row)?.rank ?? `not in the first ${formatCount(ranking.docs.length)}`}`).join(' · ')}
      actions={
        <>
          <JudgeButtons name={`Document ${doc.id}`} ownGrade={doc.ownGrade} onJudge={(grade) => onJudge(doc.row, grade)} />
          <button type="button" onClick={onClose} className="h-7 rounded-md px-2 text-sm text-ink-2 hover:bg-hover">
            Close
          </button>
        </>
      }
    >
      <p className="max-w-[90ch] text-base break-words whitespace-pre-wrap">
        <MarkedText text={doc.text} terms={terms} />
      </p>
      <p className="mt-1 flex flex-wrap gap-2 text-xs text-ink-3">
        <JudgementBadges {...doc} />
      </p>
    </Panel>
  )
}
