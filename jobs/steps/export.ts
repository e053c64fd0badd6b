// Step: writes a checkpoint for other programs, as a Hugging Face folder or an ONNX model. Publishes the files of the folder.
import fs from 'node:fs'
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { exportModel } from '@/server/model/export-model'

export const run: StepFunction<'export'> = async ({ params: { format, card }, inputs, outDir, log }) => {
  const files = exportModel({ format, card, checkpointDir: inputs.checkpoint, vocabularyDir: inputs.tokens, outDir })
  const bytes = files.reduce((sum, name) => sum + fs.statSync(path.join(outDir, name)).size, 0)
  log('info', `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB: ${files.join(', ')}`)
  return { files: files.length, bytes }
}
