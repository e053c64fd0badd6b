// Lines of a text file with their numbers, and what is wrong with one in words that name file and line.
// For everything users hand in: collections, queries, judgements, run files.
import path from 'node:path'
import { AppError } from '@/contract/errors'

export interface Line {
  number: number
  text: string
}

/** The error for a line; `wrong` says what was found and `action` what to do. */
export function badLine(file: string, line: number, wrong: string, action: string): AppError {
  return new AppError('bad-input', `${path.basename(file)} line ${line}: ${wrong}; ${action}`)
}

/** The fields of a line that must have `names.length` of them, tab-separated. */
export function tabFields(file: string, line: Line, names: string[]): string[] {
  const fields = line.text.split('\t')
  if (fields.length !== names.length) {
    const found = line.text === '' ? 'an empty line' : `found ${fields.length}`
    throw badLine(file, line.number, `expected ${names.length} tab-separated fields (${names.join(', ')}), ${found}`, 're-export it')
  }
  return fields
}
