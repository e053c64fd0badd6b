// The files a run's steps published, with their checksums; each can be downloaded.
'use client'
import type { RunDetail } from '@/contract/run'
import { api } from '@/components/api'
import { formatBytes } from '@/components/format'
import { CopyButton } from '@/components/ui/copy-button'
import { Panel } from '@/components/ui/panel'

export function RunFiles({ run, className }: { run: RunDetail; className?: string }) {
  const { files } = run
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return (
    <Panel title="Files" className={className} note={files.length > 0 ? `${files.length} files, ${formatBytes(bytes)}` : undefined} bodyClassName="px-2 pb-2">
      {files.length === 0 ? (
        <p className="px-2 pb-2 text-sm text-ink-3">Files appear here as steps publish them.</p>
      ) : (
        <div className="max-h-96 overflow-auto" tabIndex={0} role="region" aria-label="Files">
          <table className="w-full text-sm">
            <thead className="sticky top-0 bg-surface text-left text-xs text-ink-3">
              <tr>
                <th scope="col" className="px-2 py-1 font-medium">
                  File
                </th>
                <th scope="col" className="px-2 py-1 font-medium">
                  Step
                </th>
                <th scope="col" className="px-2 py-1 text-right font-medium">
                  Size
                </th>
                <th scope="col" className="px-2 py-1 font-medium">
                  SHA-256
                </th>
              </tr>
            </thead>
            <tbody>
              {files.map((file) => (
                <tr key={`${file.stepId}/${file.name}`} className="border-t border-line">
                  <td className="px-2 py-0.5 font-mono text-xs">
                    <a href={api.runFile(run.id, file.stepId, file.name)} download className="underline decoration-line-strong underline-offset-2 hover:decoration-current">
                      {file.name}
                    </a>
                  </td>
                  <td className="px-2 py-0.5 whitespace-nowrap text-ink-2">{file.label}</td>
                  <td className="tabular px-2 py-0.5 text-right whitespace-nowrap">{formatBytes(file.bytes)}</td>
                  <td className="px-2 py-0.5">
                    <span className="flex items-center gap-1 font-mono text-xs text-ink-3">
                      <span title={file.sha256}>{file.sha256.slice(0, 12)}</span>
                      <CopyButton text={file.sha256} label={`Copy the SHA-256 of ${file.name}`} />
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
