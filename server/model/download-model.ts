// Fetches the files of a model from the Hugging Face hub, or a server that answers like it. Called by jobs/steps/import-model.ts.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { LogLevel } from '@/contract/event'
import { download } from '@/server/files/download'
import { resolveRevision, type HubSource } from '@/server/files/model-source'

interface DownloadModelOptions {
  signal?: AbortSignal
  progress?: (done: number, total: number, unit: string) => void
  log?: (level: LogLevel, line: string) => void
}

/** Small files that an import may read, and the module folders of sentence-transformers. */
const WANTED = /^(config\.json|modules\.json|README\.md|tokenizer\.json|tokenizer_config\.json|vocab\.(json|txt)|merges\.txt|\d+_\w+\/config\.json)$/
const MAX_MODEL_BYTES = 20 * 2 ** 30

/** Downloads what an import needs into `folder`; files that are there already are kept. */
export async function downloadModel(source: HubSource, folder: string, { signal, progress = () => {}, log = () => {} }: DownloadModelOptions = {}): Promise<void> {
  const { commit, files } = await resolveRevision(source, signal)
  const weights = weightFiles(files)
  if (weights.length === 0) throw new AppError('bad-input', `${source.id} has no model.safetensors or pytorch_model.bin`)
  for (const name of [...files.filter((file) => WANTED.test(file)), ...weights]) {
    const file = path.join(folder, name)
    if (fs.existsSync(file)) continue
    fs.mkdirSync(path.dirname(file), { recursive: true })
    const url = `${source.endpoint}/${source.id}/resolve/${commit}/${name}`
    await download(url, file, { signal, maxBytes: MAX_MODEL_BYTES, progress: (done, total) => progress(done, total, `bytes of ${name}`), log: (line) => log('warn', line) })
  }
}

/** One kind of weights is enough: safetensors if there are any. */
function weightFiles(files: string[]): string[] {
  for (const pattern of [/^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/, /^pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?$/]) {
    const found = files.filter((file) => pattern.test(file))
    if (found.length > 0) return found
  }
  return []
}
