// A sweep: one run varied over some of its fields, by grid or at random, over several seeds, with runs stopped early that lie behind. Pure:
// the form previews what the server launches.
import { z } from 'zod'
import { AppError } from './errors'
import { Launched, NewRun, valueAt } from './run'

const MAX_RUNS = 200

/** Values of a field: a list, or a range that random search draws from. */
export const SweepField = z.object({
  /** Path inside the configuration, such as train.learningRate. */
  path: z.string().regex(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/, 'A path such as train.learningRate'),
  values: z.union([
    z.array(z.union([z.number(), z.string()])).min(1, 'Give at least one value').max(50, 'At most 50 values'),
    z.object({ min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']), whole: z.boolean().default(false) }),
  ]),
})
export type SweepField = z.infer<typeof SweepField>

/** Stops a run whose best value so far is below the median of what the others of its sweep had reached at the same checkpoint. */
export const EarlyStop = z.object({
  /** A charted measure, larger is better. */
  measure: z.string().default('MRR@10'),
  /** Never before this optimizer step. */
  fromStep: z.int().min(0).default(0),
  /** How many others must have got there. */
  minRuns: z.int().min(2).max(100).default(3),
})
export type EarlyStop = z.infer<typeof EarlyStop>

export const NewSweep = z.object({
  base: NewRun,
  fields: z.array(SweepField).max(8, 'At most 8 fields'),
  /** Absent: every combination of the values. Else this many random draws, the same for the same seed. */
  random: z.object({ runs: z.int().min(1).max(MAX_RUNS), seed: z.int().min(0).max(2 ** 31 - 1).default(1) }).optional(),
  /** Every combination is launched with each seed. */
  seeds: z.array(z.int().min(0).max(2 ** 31 - 1)).min(1).max(20).optional(),
  earlyStop: EarlyStop.optional(),
  priority: z.int().min(-2).max(2).optional(),
})
export type NewSweep = z.infer<typeof NewSweep>
export type NewSweepInput = z.input<typeof NewSweep>

export const LaunchedSweep = Launched
export type LaunchedSweep = Launched

/** Uniform numbers in [0, 1) from a seed; passed in, because contract imports nothing. */
export type Uniform = (seed: number) => () => number

/**
 * The runs of a sweep, in order. Their names tell what was varied. Throws bad-input where a value does not fit its field (with the field's
 * words), a path is none of the configuration's, or there would be too many.
 */
export function expandSweep(sweep: NewSweep, uniform: Uniform): NewRun[] {
  const { base, fields, random, seeds = [base.config.seed] } = sweep
  for (const { path } of fields) if (valueAt(base.config, path) === undefined) throw new AppError('bad-input', `${path} is no field of a ${base.config.method} run; choose one of its configuration`, { fields: { fields: `${path} is no field of this method` } })
  const combinations = random ? drawAtRandom(fields, random, uniform) : grid(fields)
  const count = combinations.length * seeds.length
  if (count > MAX_RUNS) throw new AppError('bad-input', `The sweep has ${count} runs; at most ${MAX_RUNS} can be launched at once: give fewer values or seeds, or draw at random`, { fields: { fields: `${count} runs are too many` } })
  return combinations.flatMap((values) => seeds.map((seed) => runOf(base, values, seed, seeds.length > 1)))
}

type Values = [path: string, value: number | string][]

function grid(fields: SweepField[]): Values[] {
  return fields.reduce<Values[]>((rows, { path, values }) => {
    if (!Array.isArray(values)) throw new AppError('bad-input', `${path} is a range; a grid needs a list of values, or draw at random`)
    return rows.flatMap((row) => values.map((value): Values => [...row, [path, value]]))
  }, [[]])
}

/** Random search (Bergstra and Bengio 2012): each field is drawn by itself, ranges evenly or evenly in the logarithm. */
function drawAtRandom(fields: SweepField[], { runs, seed }: NonNullable<NewSweep['random']>, uniform: Uniform): Values[] {
  const next = uniform(seed)
  return Array.from({ length: runs }, () => fields.map(({ path, values }): Values[number] => [path, Array.isArray(values) ? values[Math.floor(next() * values.length)] : drawInRange(values, next())]))
}

function drawInRange({ min, max, scale, whole }: Exclude<SweepField['values'], unknown[]>, share: number): number {
  const value = scale === 'log' ? min * (max / min) ** share : min + (max - min) * share
  return whole ? Math.round(value) : Number(value.toPrecision(4))
}

function runOf(base: NewRun, values: Values, seed: number, nameSeed: boolean): NewRun {
  const config = structuredClone(base.config) as Record<string, unknown>
  for (const [path, value] of values) setAt(config, path, value)
  config.seed = seed
  const told = [...values.map(([path, value]) => `${path.split('.').at(-1)}=${value}`), ...(nameSeed ? [`seed=${seed}`] : [])].join(' ')
  const parsed = NewRun.safeParse({ name: `${base.name}${told ? ` ${told}` : ''}`.slice(0, 80), config })
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]
  throw new AppError('bad-input', `${told}: ${path.slice(1).join('.') || path.join('.')}: ${message}`, { fields: { fields: `${path.slice(1).join('.')}: ${message}` } })
}

function setAt(config: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop()!
  const owner = names.reduce((at, name) => at[name] as Record<string, unknown>, config)
  owner[last] = value
}

/** Whether a run is to be stopped: `best` is its best value so far, `others` what other runs of the sweep had at best at this checkpoint (Golovin et al. 2017, "Google Vizier", median stopping). */
export function isBehind(best: number, others: number[], { minRuns }: Pick<EarlyStop, 'minRuns'>): { behind: boolean; median: number } {
  const sorted = others.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = sorted.length === 0 ? NaN : Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
  return { behind: sorted.length >= minRuns && best < median, median }
}
