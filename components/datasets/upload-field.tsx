// Takes the files of a data set from the user's machine to a folder on the server, one after another, with progress and stop.
'use client'
import { useRef, useState } from 'react'
import { messageOf } from '@/components/api'
import { uploadFiles, type UploadProgress } from '@/components/upload-files'
import { UploadProgressBar } from '@/components/upload-progress'

interface UploadFieldProps {
  /** Called with the server's folder when every file is there. */
  onUploaded: (folder: string, files: File[]) => void
  /** Where one file is asked for: the words of the link. */
  label?: string
}

/** Files of BEIR's qrels/ keep their folder; all others lie side by side. */
function serverName(file: File): string {
  const folders = file.webkitRelativePath.split('/')
  return folders.at(-2) === 'qrels' || /^(train|dev|test)\.tsv$/.test(file.name) ? `qrels/${file.name}` : file.name
}

export function UploadField({ onUploaded, label }: UploadFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | null>(null)
  const [going, setGoing] = useState<UploadProgress | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const upload = async (files: File[]) => {
    setProblem(null)
    stop.current = new AbortController()
    try {
      onUploaded((await uploadFiles(files, { signal: stop.current.signal, onProgress: setGoing, serverName })).folder, files)
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
        <UploadProgressBar progress={going} onStop={() => stop.current?.abort()} />
      ) : (
        <label className="w-fit cursor-pointer font-medium text-accent focus-within:underline hover:underline">
          {label ?? 'Upload files from this computer instead'}
          <input ref={input} type="file" multiple={label === undefined} className="sr-only" onChange={(event) => event.target.files?.length && void upload(Array.from(event.target.files))} />
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
