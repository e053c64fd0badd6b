// Tells whether a file that a user named is the one of before: part of the key of what is made from it. Called at launch and by the step.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'

/** bytes:milliseconds of the last change. Throws AppError bad-input where there is no such file. */
export function fileFingerprint(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile()) throw new AppError('bad-input', `${file} is no file on this server; check the path`)
  return `${stat.size}:${Math.round(stat.mtimeMs)}`
}
