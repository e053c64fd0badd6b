// What a subcommand is, and how its options are read. Called by the files beside this one and by jobs/cli.ts.
import type { ParseArgsConfig } from 'node:util'
import { AppError } from '@/contract/errors'

export interface Command {
  usage: string
  options?: ParseArgsConfig['options']
  /** Names of the positional arguments, all required. */
  positionals?: string[]
  run: (values: Record<string, Value>, positionals: string[]) => Promise<void>
}

export type Value = string | boolean | (string | boolean)[] | undefined

/** An option's value, or undefined. */
export const text = (value: Value) => (typeof value === 'string' ? value : undefined)

export function required(name: string, value: Value): string {
  if (typeof value !== 'string') throw new AppError('bad-input', `${name} is missing`)
  return value
}

/** The first choice is the default. */
export function oneOf<const C extends readonly string[]>(name: string, value: Value, choices: C): C[number] {
  if (value === undefined) return choices[0]
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new AppError('bad-input', `${name} ${value}: give ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`)
  return found
}

export function several(name: string, value: Value): string[] {
  if (!Array.isArray(value)) throw new AppError('bad-input', `${name} is missing`)
  return value.map(String)
}

export function wholeNumber(name: string, value: Value, byDefault: number, min: number, max: number): number {
  if (value === undefined) return byDefault
  const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : NaN
  if (!(number >= min && number <= max)) throw new AppError('bad-input', `${name} ${value}: give a whole number from ${min} to ${max}`)
  return number
}

/** parseArgs takes -1 for an option, so it is written --priority=-1. */
export function priority(value: Value): number | undefined {
  if (value === undefined) return undefined
  if (!/^-?[0-2]$/.test(String(value))) throw new AppError('bad-input', `--priority ${value}: give -2 to 2 (--priority=-2)`)
  return Number(value)
}

export const port = (value: Value) => wholeNumber('--port', value, 3000, 1, 65_535)
