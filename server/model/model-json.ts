// The JSON files of a model from outside. Called by import-hf.ts and import-modules.ts.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'

/** Throws AppError bad-input naming the file. */
export function readModelJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new AppError('bad-input', missing ? `${file} does not exist; give the folder of a model` : `${file} is not JSON: ${(cause as Error).message}; download it again`, { cause })
  }
}
