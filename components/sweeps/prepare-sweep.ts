// Turns what a person writes into the form of a sweep into the contract's sweep: lists of values, ranges such as 1e-5..1e-2 log, seeds.
import type { NewRun } from '@/contract/run'
import type { NewSweepInput, SweepField } from '@/contract/sweep'

export interface SweepDraft {
  name: string
  fields: { path: string; values: string }[]
  mode: 'grid' | 'random'
  randomRuns: string
  seeds: string
  earlyStop: boolean
  measure: string
}

export type Prepared = { ok: true; sweep: NewSweepInput; count: number } | { ok: false; row: number | null; message: string }

/** The sweep of a draft over a run, and how many runs it has; or what is wrong and in which row. */
export function prepareSweep(draft: SweepDraft, base: NewRun): Prepared {
  const fields: NewSweepInput['fields'] = []
  for (const [row, { path, values }] of draft.fields.entries()) {
    if (!path) return { ok: false, row, message: 'Choose a field' }
    const parsed = parseValues(values)
    if (typeof parsed === 'string') return { ok: false, row, message: parsed }
    if (!Array.isArray(parsed) && draft.mode === 'grid') return { ok: false, row, message: 'A range is for random draws; give a list such as 64, 128' }
    fields.push({ path, values: parsed })
  }
  const seeds = parseNumbers(draft.seeds)
  if (!seeds || seeds.some((seed) => !Number.isInteger(seed))) return { ok: false, row: null, message: 'Give seeds as whole numbers, separated by commas' }
  const runs = Number(draft.randomRuns)
  if (draft.mode === 'random' && !(Number.isInteger(runs) && runs >= 1)) return { ok: false, row: null, message: 'Give how many runs to draw' }
  const combinations = draft.mode === 'random' ? runs : fields.reduce((product, { values }) => product * (values as unknown[]).length, 1)
  const sweep: NewSweepInput = { base: { ...base, name: draft.name.trim() || base.name }, fields, seeds, ...(draft.mode === 'random' && { random: { runs } }), ...(draft.earlyStop && { earlyStop: { measure: draft.measure } }) }
  return { ok: true, sweep, count: combinations * seeds.length }
}

/** "64, 128" or "1e-5..1e-2 log"; a string says what is wrong. */
function parseValues(text: string): SweepField['values'] | string {
  const range = /^\s*(\S+?)\s*\.\.\s*(\S+?)(?:\s+(log|linear))?(?:\s+(whole))?\s*$/.exec(text)
  if (range) {
    const [min, max] = [Number(range[1]), Number(range[2])]
    const scale = (range[3] ?? 'linear') as 'log' | 'linear'
    if (!(min < max)) return 'Give a range as smallest..largest'
    if (scale === 'log' && min <= 0) return 'A logarithmic range begins above 0'
    return { min, max, scale, whole: range[4] === 'whole' }
  }
  const parts = text.split(',').map((part) => part.trim()).filter(Boolean)
  if (!parts.length) return 'Give values, separated by commas'
  return parts.map((part) => (Number.isFinite(Number(part)) ? Number(part) : part))
}

function parseNumbers(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim()).filter(Boolean).map(Number)
  return parts.length && parts.every(Number.isFinite) ? parts : null
}
