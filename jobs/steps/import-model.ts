// Step: takes a model from a folder or a hub and publishes it as a checkpoint with its tokenizer, which runs start from.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { downloadModel } from '@/server/model/download-model'
import { importModel } from '@/server/model/import-hf'

export const run: StepFunction<'import-model'> = async ({ params: { source, options }, outDir, workDir, signal, progress, log }) => {
  const folder = source.kind === 'folder' ? source.folder : path.join(workDir, 'files')
  if (source.kind === 'hub') await downloadModel(source, folder, { signal, progress, log })
  const info = await importModel(folder, outDir, { ...options, tokenizerFolder: source.kind === 'folder' ? source.tokenizerFolder : undefined })
  log('info', `${info.family}, ${info.layers} layers of ${info.hidden}, ${info.parameters} weights, SHA-256 ${info.sha256}`)
  const { known } = info.tokenizer
  if (known) log(known.differences.length > 0 ? 'warn' : 'info', known.differences.length > 0 ? `The tokenizer is nearly that of ${known.name}: ${known.differences.join('; ')}. If the model was trained with that one, download its tokenizer again` : `The tokenizer is that of ${known.name}`)
  if (info.ignored.length > 0) log('info', `Tensors that an encoder has no use for are left out: ${info.ignored.slice(0, 10).join(', ')}${info.ignored.length > 10 ? ` and ${info.ignored.length - 10} more` : ''}`)
  return info
}
