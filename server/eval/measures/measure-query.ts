// A measure as a function of one query: the one place where families meet their formulas. Called by evaluate.ts.
import type { Measure } from '@/contract/measure'
import type { FamilyName } from '@/contract/measure-families'
import { relevantCount, relevantWithin, type JudgedQuery } from './judged-query'
import { ndcg } from './ndcg'
import { averagePrecision, binaryPreference, inferredAveragePrecision, setF } from './precision'
import { expectedReciprocalRank, rankBiasedPrecision, reciprocalRank } from './rank'

type Parameters = Measure & { cut: number }

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

const COMPUTE: Record<FamilyName, (query: JudgedQuery, parameters: Parameters) => number> = {
  MRR: (query, { cut, rel }) => reciprocalRank(query, cut, rel),
  RR: (query, { cut, rel }) => reciprocalRank(query, cut, rel),
  AP: (query, { cut, rel }) => averagePrecision(query, cut, rel),
  P: (query, { cut, rel }) => relevantWithin(query, cut, rel) / cut,
  R: (query, { cut, rel }) => ratio(relevantWithin(query, cut, rel), relevantCount(query, rel)),
  Success: (query, { cut, rel }) => (relevantWithin(query, cut, rel) > 0 ? 1 : 0),
  NDCG: (query, { cut, gain }) => ndcg(query, cut, gain),
  ERR: (query, { cut, max }) => expectedReciprocalRank(query, cut, max),
  RBP: (query, { cut, rel, p }) => rankBiasedPrecision(query, cut, rel, p!),
  Rprec: (query, { rel }) => {
    const relevant = relevantCount(query, rel)
    return ratio(relevantWithin(query, relevant, rel), relevant)
  },
  Bpref: (query, { rel }) => binaryPreference(query, rel),
  infAP: (query, { rel }) => inferredAveragePrecision(query, rel),
  Judged: (query, { cut }) => relevantWithin(query, cut, -Infinity) / cut,
  SetP: (query, { rel }) => ratio(relevantWithin(query, Infinity, rel), query.retrieved),
  SetR: (query, { rel }) => ratio(relevantWithin(query, Infinity, rel), relevantCount(query, rel)),
  SetF: (query, { rel }) => setF(query, rel),
  NumRet: (query) => query.retrieved,
  NumRel: (query, { rel }) => relevantCount(query, rel),
  NumRelRet: (query, { rel }) => relevantWithin(query, Infinity, rel),
}

/** The measure's value of a query that has a ranking or counts as one without documents. */
export function measureQuery(measure: Measure): (query: JudgedQuery) => number {
  const parameters: Parameters = { ...measure, cut: measure.cut ?? Infinity }
  const compute = COMPUTE[measure.family]
  return (query) => compute(query, parameters)
}
