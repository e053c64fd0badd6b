// What artifacts take and what of them may go: the rule that is kept, a preview of what it removes now, and the removal after asking.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { ArtifactPlan } from '@/contract/artifact'
import { Retention } from '@/contract/settings'
import { api, keys, messageOf } from '@/components/api'
import { formatBytes, formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Input } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'

export function RetentionPanel({ retention, onChange }: { retention: Retention; onChange: (retention: Retention) => Promise<void> }) {
  const client = useQueryClient()
  const artifacts = useQuery({ queryKey: keys.artifacts, queryFn: ({ signal }) => api.artifacts(signal) })
  const [draft, setDraft] = useState({ olderThanDays: String(retention.olderThanDays), keepLast: String(retention.keepLast) })
  const [plan, setPlan] = useState<ArtifactPlan | null>(null)
  const parsed = Retention.safeParse({ olderThanDays: Number(draft.olderThanDays || NaN), keepLast: Number(draft.keepLast || NaN) })
  const errorOf = (field: keyof Retention) => (parsed.success ? undefined : parsed.error.issues.find(({ path }) => path[0] === field)?.message)
  const changed = parsed.success && (parsed.data.olderThanDays !== retention.olderThanDays || parsed.data.keepLast !== retention.keepLast)
  const collect = async (dryRun: boolean) => {
    if (!parsed.success) return
    try {
      const answer = await api.collectArtifacts({ ...parsed.data, dryRun })
      setPlan(dryRun ? answer : null)
      if (!dryRun) toast.success(`${formatBytes(answer.bytes)} are free again`)
    } catch (error) {
      toast.error(dryRun ? 'The preview did not work' : 'The removal did not work', { description: messageOf(error) })
    }
    await client.invalidateQueries({ queryKey: keys.artifacts })
  }
  const edit = (field: keyof Retention, value: string) => {
    setDraft({ ...draft, [field]: value })
    setPlan(null)
  }
  return (
    <Panel title="Retention" note={artifacts.data && `${formatCount(artifacts.data.count)} artifacts take ${formatBytes(artifacts.data.bytes)}${artifacts.data.freeBytes === null ? '' : `; ${formatBytes(artifacts.data.freeBytes)} are free`}`}>
      {artifacts.error && <p className="mb-2 text-sm text-bad">What artifacts take could not be read: {artifacts.error.message}</p>}
      <form
        className="flex flex-wrap items-start gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (parsed.success) void onChange(parsed.data)
        }}
      >
        <Field label="Days after a run’s end" help="Younger runs keep everything." error={errorOf('olderThanDays')} className="w-52">
          {(ids) => <Input {...ids} inputMode="decimal" value={draft.olderThanDays} onChange={(event) => edit('olderThanDays', event.target.value)} />}
        </Field>
        <Field label="Last checkpoints kept" help="Of each run; its best by MRR@10 always stays." error={errorOf('keepLast')} className="w-52">
          {(ids) => <Input {...ids} inputMode="numeric" value={draft.keepLast} onChange={(event) => edit('keepLast', event.target.value)} />}
        </Field>
        <div className="flex flex-wrap gap-2 pt-6">
          <Button type="submit" disabled={!changed}>
            Keep this rule
          </Button>
          <Button disabled={!parsed.success} onClick={() => void collect(true)}>
            What would go now
          </Button>
        </div>
      </form>
      {plan && (
        <div className="mt-3" role="status">
          {plan.items.length === 0 ? (
            <p className="text-sm text-ink-2">Nothing: everything is needed, or too young.</p>
          ) : (
            <>
              <p className="tabular mb-2 text-sm text-ink-2">
                {formatCount(plan.items.length)} artifacts, {formatBytes(plan.bytes)}: {summarise(plan)}. A later run that needs one makes it again.
              </p>
              <ConfirmDialog
                trigger={
                  <Button variant="danger">
                    <Trash2 /> Remove them
                  </Button>
                }
                title={`Remove ${formatCount(plan.items.length)} artifacts?`}
                action="Remove them"
                onConfirm={() => collect(false)}
              >
                {formatBytes(plan.bytes)} become free. Data sets, rankings and measures that pages show stay.
              </ConfirmDialog>
            </>
          )}
        </div>
      )}
      <p className="mt-3 text-xs text-ink-3">
        Nothing is removed by itself; <code className="font-mono">./drhard artifacts gc</code> does the same from a schedule of yours.
      </p>
    </Panel>
  )
}

/** "3 document embeddings of a finished run, 2 ...". */
function summarise({ items }: ArtifactPlan): string {
  const reasons = new Map<string, number>()
  for (const { reason } of items) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  return [...reasons].map(([reason, count]) => `${formatCount(count)} × ${reason}`).join(', ')
}
