// Takes the files of a data set from the user's machine to a folder on the server, one after another, with progress and stop.
'use client'
import { useRef, useState } from 'react'
import { UPLOAD_PIECE_BYTES } from '@/contract/dataset'
import { api, messageOf } from '@/components/api'
import { formatBytes } from '@/components/format'
import { Button } from '@/components/ui/button'
import { ProgressBar } from '@/components/ui/progress-bar'

interface UploadFieldProps {
  /** Called with the server's folder when every file is there. */
  onUploaded: (folder: string) => void
}

interface Going {
  name: string
  done: number
  total: number
}

/** Files of BEIR's qrels/ keep their folder; all others lie side by side. */
function serverName(file: File): string {
  const folders = file.webkitRelativePath.split('/')
  return folders.at(-2) === 'qrels' || /^(train|dev|test)\.tsv$/.test(file.name) ? `qrels/${file.name}` : file.name
}

export function UploadField({ onUploaded }: UploadFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | null>(null)
  const [going, setGoing] = useState<Going | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const upload = async (files: File[]) => {
    setProblem(null)
    stop.current = new AbortController()
    const total = files.reduce((sum, file) => sum + file.size, 0)
    let done = 0
    let upload: string | undefined
    try {
      let folder = ''
      for (const file of files) {
        for (let at = 0; at < Math.max(1, file.size); at += UPLOAD_PIECE_BYTES) {
          setGoing({ name: file.name, done, total })
          const piece = file.slice(at, at + UPLOAD_PIECE_BYTES)
          const kept = await api.upload({ upload, file: serverName(file), at, total: file.size }, piece, stop.current.signal)
          upload = kept.upload
          folder = kept.folder
          done += piece.size
        }
      }
      onUploaded(folder)
    } catch (error) {
      if (!stop.current.signal.aborted) setProblem(messageOf(error))
    } finally {
      setGoing(null)
      if (input.current) input.current.value = ''
    }
  }

  return (
    <div className="flex flex-col gap-1 text-xs text-ink-3">
      {going ? (
        <div className="flex items-center gap-2">
          <div className="min-w-0 flex-1">
            <ProgressBar share={going.total > 0 ? going.done / going.total : 0} label="Upload" stale={false} />
            <p className="tabular mt-1 truncate">
              {going.name} · {formatBytes(going.done)} of {formatBytes(going.total)}
            </p>
          </div>
          <Button type="button" size="sm" onClick={() => stop.current?.abort()}>
            Stop
          </Button>
        </div>
      ) : (
        <label className="w-fit cursor-pointer font-medium text-accent focus-within:underline hover:underline">
          Upload files from this computer instead
          <input ref={input} type="file" multiple className="sr-only" onChange={(event) => event.target.files?.length && void upload(Array.from(event.target.files))} />
        </label>
      )}
      {problem && (
        <p role="alert" className="font-medium text-bad">
          {problem}
        </p>
      )}
    </div>
  )
}
