// Decides what stands for several runs that differ in their seed only: a mean with its deviation, a name without the seed, one state.
import type { RunRow } from '@/contract/run-table'
import { type RunState, isLive } from '@/contract/run'

export interface Aggregate {
  mean: number
  /** Sample deviation; null of a single value. */
  deviation: number | null
  /** Runs with a value. */
  n: number
}

/** Mean and sample deviation of what is there; null where nothing is. A missing value is left out, never zero. */
export function aggregate(values: (number | null | undefined)[]): Aggregate | null {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return null
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length
  const deviation = present.length < 2 ? null : Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (present.length - 1))
  return { mean, deviation, n: present.length }
}

/** What the names have in common, without the seed that a sweep writes into them. */
export function groupName(runs: Pick<RunRow, 'name'>[]): string {
  const names = runs.map(({ name }) => name.replace(/\s*\bseed[=-]\S+/g, '').trim() || name)
  if (new Set(names).size === 1) return names[0]
  let common = names[0]
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1)
  return common.replace(/[\s\-_=.]+$/, '') || names.at(-1)!
}

/** The state that matters most: one that may still change, then one that went wrong. */
export function groupState(states: RunState[]): RunState {
  return states.find((state) => state === 'running') ?? states.find(isLive) ?? states.find((state) => state === 'failed') ?? states.find((state) => state === 'cancelled') ?? 'succeeded'
}
