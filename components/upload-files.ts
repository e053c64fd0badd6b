// Takes files from this computer to a folder on the server, piece by piece, one after another. Called by the forms that upload data sets
// and run files.
import { UPLOAD_PIECE_BYTES, type Upload } from '@/contract/upload'
import { api } from './api'

export interface UploadProgress {
  /** Of the file that is on its way. */
  name: string
  /** Bytes of all files. */
  done: number
  total: number
}

export interface UploadOptions {
  signal: AbortSignal
  onProgress: (progress: UploadProgress) => void
  /** What a file is called on the server; absent: its own name. */
  serverName?: (file: File) => string
}

/** Returns where they lie. Throws what a piece was refused with. */
export async function uploadFiles(files: File[], { signal, onProgress, serverName = (file) => file.name }: UploadOptions): Promise<Upload> {
  const total = files.reduce((sum, file) => sum + file.size, 0)
  let done = 0
  let kept: Upload | undefined
  for (const file of files) {
    for (let at = 0; at < Math.max(1, file.size); at += UPLOAD_PIECE_BYTES) {
      onProgress({ name: file.name, done, total })
      const piece = file.slice(at, at + UPLOAD_PIECE_BYTES)
      kept = await api.upload({ upload: kept?.upload, file: serverName(file), at, total: file.size }, piece, signal)
      done += piece.size
    }
  }
  if (!kept) throw new Error('There is no file to upload; choose one')
  onProgress({ name: files[files.length - 1].name, done, total })
  return kept
}
