// The paper's claims as differences between two of its models, and whether they hold on this data set.
import { Check, Minus, X } from 'lucide-react'
import { formatDifference } from '@/components/format'
import { ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import type { PaperClaim } from './prepare-paper'

const SIGNS = {
  holds: { icon: Check, word: 'holds', ink: 'text-ok' },
  fails: { icon: X, word: 'does not hold', ink: 'text-bad' },
  open: { icon: Minus, word: 'not both run', ink: 'text-ink-3' },
} as const

const signOf = (holds: boolean | null) => SIGNS[holds === null ? 'open' : holds ? 'holds' : 'fails']

export function ClaimsPanel({ claims, measure, datasetName }: { claims: PaperClaim[]; measure: string; datasetName: string }) {
  return (
    <Panel title="Claims" note={`differences of ${measure}, dev, on ${datasetName} and in the paper`} bodyClassName="px-0 pb-0">
      <ul>
        {claims.map(({ text, published, ours, holds, runIds }) => {
          const { icon: Icon, word, ink } = signOf(holds)
          return (
            <li key={text} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 text-sm">
              <Icon className={`size-4 shrink-0 ${ink}`} aria-hidden />
              <span className="min-w-0 flex-1 basis-52">
                {text} <span className={`text-xs ${ink}`}>{word}</span>
              </span>
              <span className="tabular text-ink-2">
                {ours === null ? '–' : formatDifference(ours)} <span className="text-ink-3">paper {formatDifference(published)}</span>
              </span>
              {runIds && (
                <ButtonLink size="sm" variant="ghost" href={`/compare?runs=${runIds.join(',')}`} aria-label={`Test it: ${text}`}>
                  Test it
                </ButtonLink>
              )}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
