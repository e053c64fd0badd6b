// Files on their way to the server: how far they are, and a button that stops them. Used by the forms that upload.
import { formatBytes } from '@/components/format'
import { Button } from '@/components/ui/button'
import { ProgressBar } from '@/components/ui/progress-bar'
import type { UploadProgress } from './upload-files'

interface UploadProgressBarProps {
  progress: UploadProgress
  onStop: () => void
}

export function UploadProgressBar({ progress: { name, done, total }, onStop }: UploadProgressBarProps) {
  return (
    <div className="flex items-center gap-2 text-xs text-ink-3">
      <div className="min-w-0 flex-1">
        <ProgressBar share={total > 0 ? done / total : 0} label="Upload" stale={false} />
        <p className="tabular mt-1 flex justify-between gap-2">
          <span className="min-w-0 truncate">{name}</span>
          <span className="shrink-0">
            {formatBytes(done)} of {formatBytes(total)}
          </span>
        </p>
      </div>
      <Button type="button" size="sm" onClick={onStop}>
        Stop
      </Button>
    </div>
  )
}
