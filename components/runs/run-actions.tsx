// The buttons of a run's page: download, export, clone, cancel or retry, run again from a step, delete.
'use client'
import { Ban, Boxes, Copy, Download, Ellipsis, RotateCcw, SlidersHorizontal, Trash2 } from 'lucide-react'
import { type RunDetail, isLive } from '@/contract/run'
import { Button, ButtonLink } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Popup } from '@/components/ui/popover'
import { ModelExports } from './model-exports'
import { exportableSteps } from './prepare-exports'
import { RankingDownloads } from './ranking-downloads'
import { RetryFrom } from './retry-from'
import { useRunActions } from './use-run-actions'

export function RunActions({ run }: { run: RunDetail }) {
  const { cancel, retry, retryFrom, remove } = useRunActions(run)
  const live = isLive(run.state)
  return (
    <>
      {run.evaluations.length > 0 && (
        <Popup
          label="Download the ranking"
          trigger={
            <Button>
              <Download /> Ranking
            </Button>
          }
        >
          <RankingDownloads run={run} />
        </Popup>
      )}
      {exportableSteps(run).length > 0 && (
        <Popup
          label="Export the model"
          trigger={
            <Button>
              <Boxes /> Model
            </Button>
          }
        >
          <ModelExports run={run} />
        </Popup>
      )}
      {run.method !== 'external' && run.method !== 'fusion' && (
        <>
          <ButtonLink href={`/runs/new?from=${run.id}`}>
            <Copy /> Clone
          </ButtonLink>
          <ButtonLink href={`/runs/sweep?from=${run.id}`}>
            <SlidersHorizontal /> Sweep
          </ButtonLink>
        </>
      )}
      {(run.state === 'failed' || run.state === 'cancelled') && (
        <Button variant="primary" onClick={retry}>
          <RotateCcw /> Retry
        </Button>
      )}
      {live && (
        <ConfirmDialog
          trigger={
            <Button variant="danger" disabled={run.state === 'cancelling'}>
              <Ban /> {run.state === 'cancelling' ? 'Cancelling' : 'Cancel'}
            </Button>
          }
          title={`Cancel ${run.name}?`}
          action="Cancel the run"
          keep="Keep running"
          onConfirm={cancel}
        >
          The step that works now finishes its batch and saves a checkpoint. What is done stays; Retry goes on from there.
        </ConfirmDialog>
      )}
      {!live && (
        <Popup
          label="More actions"
          trigger={
            <Button size="icon" aria-label="More actions">
              <Ellipsis />
            </Button>
          }
        >
          <div className="flex flex-col gap-1">
            <RetryFrom run={run} onRetry={retryFrom} />
            <ConfirmDialog
              trigger={
                <Button variant="danger" className="w-full justify-start">
                  <Trash2 /> Delete this run
                </Button>
              }
              title={`Delete ${run.name}?`}
              action="Delete the run"
              onConfirm={remove}
            >
              Its curves, per-query results and log are lost. Artifacts that other runs share stay.
            </ConfirmDialog>
          </div>
        </Popup>
      )}
    </>
  )
}
