// Why a run failed, before anything else of its page: the step, its reason, the last lines of its log, what to do.
'use client'
import { useQuery } from '@tanstack/react-query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { Notice } from '@/components/ui/notice'
import { failedStep } from './prepare-timeline'

const LAST_LINES = 8

export function FailureNotice({ run }: { run: RunDetail }) {
  const step = failedStep(run)
  const log = useQuery({
    queryKey: [...keys.logs(run.id, step?.id ?? null), 'failure', step?.attempt],
    queryFn: ({ signal }) => api.logs(run.id, { stepId: step?.id ?? null, before: null, limit: LAST_LINES }, signal),
  })
  const reason = step?.reason ?? run.reason
  return (
    <Notice role="alert" tone="bad" className="mb-4" title={step ? `“${step.label}” failed${step.attempt > 1 ? ` in attempt ${step.attempt}` : ''}` : 'The run failed'}>
      <p className="whitespace-pre-wrap text-ink">{reason ?? 'No reason was recorded; the log below may say more.'}</p>
      {log.data && log.data.lines.length > 0 && (
        <pre className="mt-2 max-h-40 overflow-auto rounded bg-surface px-3 py-2 font-mono text-xs whitespace-pre-wrap text-ink-2" tabIndex={0} aria-label="Last log lines of the step">
          {log.data.lines.map((line) => line.line).join('\n')}
        </pre>
      )}
      <p className="mt-2">Retry goes on from what is done; Clone lets you change the settings first.</p>
    </Notice>
  )
}
