// Measures as values: a measure is its family and parameters, its canonical name (`R(rel=2)@100`) is its identity everywhere: in files,
// in the database, on pages and on the command line. Shared by server, charts and CLI.
import { z } from 'zod'
import { AppError } from './errors'
import { FAMILIES, FamilyName, type Family } from './measure-families'

/** The measures that every run is charted by. */
export const MeasureName = z.enum(['MRR@10', 'R@100', 'NDCG@10'])
export type MeasureName = z.infer<typeof MeasureName>

export const MEASURES: MeasureName[] = MeasureName.options

/** What an evaluation computes beside them, for the table under the charts and for comparisons. */
export const FURTHER_MEASURES = ['MRR@100', 'RR', 'AP', 'Success@1', 'Success@5', 'P@10', 'R@10', 'Rprec', 'RBP(p=0.8)', 'Judged@10'] as const

export interface Measure {
  family: FamilyName
  /** Ranks looked at; null: all. */
  cut: number | null
  /** Grade from which a document is relevant. */
  rel: number
  /** Persistence of RBP; null elsewhere. */
  p: number | null
  /** Gain of a grade in NDCG. */
  gain: 'linear' | 'exp'
  /** Highest possible grade for ERR; null: that of the judgements. */
  max: number | null
}

const DEFAULT_LEVEL = 1
const DEFAULT_PERSISTENCE = 0.8
const PATTERN = /^([A-Za-z_]+?)(?:_(\d+))?(?:\(([^()]*)\))?(?:@(\d+))?$/

const byAlias = new Map<string, FamilyName>()
for (const name of FamilyName.options) for (const alias of [name, ...FAMILIES[name].aliases]) byAlias.set(alias.toLowerCase(), name)

/**
 * A measure from its name: canonical (`NDCG@10`), in any case (`nDCG@10`) or trec_eval's (`ndcg_cut_10`, `map`). `level` is the
 * relevance level of names that give none. Throws AppError bad-input that says what is wrong and what there is.
 */
export function parseMeasure(text: string, { level = DEFAULT_LEVEL }: { level?: number } = {}): Measure {
  const wrong = (why: string) => new AppError('bad-input', `Measure "${text}": ${why}`)
  const match = PATTERN.exec(text.trim())
  const family = match && byAlias.get(match[1].toLowerCase())
  if (!match || !family) throw wrong(`not known; there are ${FamilyName.options.map((name) => example(name)).join(', ')}`)
  const { cut: cutRule, params } = FAMILIES[family]
  if (match[2] && match[4]) throw wrong('has two cuts')
  const cutText = match[2] ?? match[4]
  const cut = cutText === undefined ? null : Number(cutText)
  if (cut === null && cutRule === 'required') throw wrong(`needs a cut, such as ${family}@10`)
  if (cut !== null && cutRule === 'none') throw wrong('takes no cut')
  if (cut !== null && !(cut >= 1 && cut <= 1_000_000)) throw wrong('the cut is from 1 to 1000000')

  const measure: Measure = { family, cut, rel: params.includes('rel') ? level : DEFAULT_LEVEL, p: family === 'RBP' ? DEFAULT_PERSISTENCE : null, gain: 'linear', max: null }
  for (const part of (match[3] ?? '').split(',').map((each) => each.trim()).filter(Boolean)) {
    const [name, value = ''] = part.split('=').map((each) => each.trim())
    if (!(params as readonly string[]).includes(name)) throw wrong(params.length ? `has no parameter "${name}", only ${params.join(', ')}` : `takes no parameters`)
    if (name === 'gain') {
      if (value !== 'linear' && value !== 'exp') throw wrong('gain is linear or exp')
      measure.gain = value
    } else if (name === 'p') {
      measure.p = Number(value)
      if (value === '' || !(measure.p > 0 && measure.p < 1)) throw wrong('p lies between 0 and 1, such as p=0.8')
    } else {
      if (!/^-?\d{1,6}$/.test(value)) throw wrong(`${name} is a whole number, such as ${name}=2`)
      measure[name as 'rel' | 'max'] = Number(value)
    }
  }
  return measure
}

/** Several names separated by commas (not those in brackets) or blanks, without repetitions. */
export function parseMeasures(text: string, options?: { level?: number }): Measure[] {
  const names = text.match(/(?:\([^)]*\)|[^\s,(])+/g) ?? []
  const measures = new Map(names.map((name) => parseMeasure(name, options)).map((measure) => [measureId(measure), measure]))
  if (measures.size === 0) throw new AppError('bad-input', 'No measure is named; give names such as MRR@10,NDCG@10')
  return [...measures.values()]
}

/** The canonical name: parameters in a fixed order, those at their default left out (RBP always says its p). */
export function measureId({ family, cut, rel, p, gain, max }: Measure): string {
  const { params } = FAMILIES[family]
  const shown: string[] = []
  for (const param of params) {
    if (param === 'p') shown.push(`p=${p}`)
    if (param === 'rel' && rel !== DEFAULT_LEVEL) shown.push(`rel=${rel}`)
    if (param === 'gain' && gain !== 'linear') shown.push(`gain=${gain}`)
    if (param === 'max' && max !== null) shown.push(`max=${max}`)
  }
  return family + (shown.length ? `(${shown.join(',')})` : '') + (cut === null ? '' : `@${cut}`)
}

/** How a measure is computed, in words for a tooltip, with its relevance level and source. */
export function measureRule(measure: Measure): string {
  const family: Family = FAMILIES[measure.family]
  const within = measure.cut === null ? '' : ` within the first ${measure.cut}`
  const level = family.params.includes('rel') ? ` Relevant: grade ${measure.rel} and above.` : ''
  const persistence = measure.p === null ? '' : ` p = ${measure.p}.`
  return `${family.rule.replace('{cut}', within)}.${level}${persistence} ${family.source.split(/\.(?= |$)/)[0]}.`
}

/** The rule of a measure named by its id. */
export const ruleOf = (id: string) => measureRule(parseMeasure(id))

/** The rules of the charted measures. */
export const MEASURE_RULES = Object.fromEntries(MEASURES.map((id) => [id, ruleOf(id)])) as Record<MeasureName, string>

/** One value per canonical name; a measure that was not computed is absent, never zero. */
export const MeasureValues = z.record(z.string(), z.number())
export type MeasureValues = z.infer<typeof MeasureValues>

/** Values with the charted measures first; the database keeps them in no order. */
export function orderedValues(values: MeasureValues): [string, number][] {
  const known: readonly string[] = [...MEASURES, ...FURTHER_MEASURES]
  const place = (id: string) => (known.includes(id) ? known.indexOf(id) : known.length)
  return Object.entries(values).sort(([a], [b]) => place(a) - place(b))
}

/** 95 % intervals of means, by canonical name. */
export const MeasureIntervals = z.record(z.string(), z.tuple([z.number(), z.number()]))
export type MeasureIntervals = z.infer<typeof MeasureIntervals>

function example(name: FamilyName): string {
  const { cut, params } = FAMILIES[name]
  return name + (params[0] === 'p' ? '(p=0.8)' : '') + (cut === 'required' ? '@10' : '')
}
