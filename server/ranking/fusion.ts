// Fuses rankings of the same queries into one. Called by the fuse step and by `drhard fuse`.
import type { FusionMethod, Normalisation } from '@/contract/run'
import { RankingBuilder, type Ranking } from './ranking'

export interface FusionOptions {
  /**
   * rrf: sum of 1 / (k + rank) (Cormack, Clarke & Büttcher 2009). combsum: sum of normalised scores. combmnz: that times the number of
   * rankings that hold the document (Fox & Shaw 1994).
   */
  method: FusionMethod
  /**
   * How scores of different systems are made comparable, per query (Lee 1997; Montague & Aslam 2001). min-max: to 0..1; max: by the
   * largest; sum: lowest to 0, then by the sum; z-score: mean 0, deviation 1. Where all scores are equal, min-max gives 1 and z-score 0.
   */
  normalisation: Normalisation
  /** The k of rrf; 60 in the paper. */
  k: number
  /** Documents kept per query. */
  depth: number
}

/** Fuses by rows, which must mean the same in all rankings. A query is in the result if any ranking has it. A query that a ranking lacks gets nothing from it. */
export function fuse(rankings: readonly Ranking[], options: FusionOptions): Ranking {
  const places = rankings.map(({ queryRows }) => new Map(Array.from(queryRows, (row, i) => [row, i])))
  const queryRows = Int32Array.from(new Set(rankings.flatMap(({ queryRows }) => Array.from(queryRows)))).sort()
  const builder = new RankingBuilder()
  for (const queryRow of queryRows) {
    const fused = new Map<number, { sum: number; count: number }>()
    rankings.forEach((ranking, r) => {
      const place = places[r].get(queryRow)
      if (place === undefined) return
      const [from, to] = [ranking.offsets[place], ranking.offsets[place + 1]]
      const docRows = ranking.docRows.subarray(from, to)
      const values = options.method === 'rrf' ? Float64Array.from(docRows, (_, i) => 1 / (options.k + i + 1)) : normalise(ranking.scores.subarray(from, to), options.normalisation)
      docRows.forEach((docRow, i) => {
        if (docRow < 0) return // a rank without a document
        const entry = fused.get(docRow) ?? { sum: 0, count: 0 }
        entry.sum += values[i]
        entry.count++
        fused.set(docRow, entry)
      })
    })
    const scoreOf = ({ sum, count }: { sum: number; count: number }) => (options.method === 'combmnz' ? sum * count : sum)
    const best = Array.from(fused, ([docRow, entry]) => ({ docRow, score: Math.fround(scoreOf(entry)) }))
      .sort((a, b) => b.score - a.score || a.docRow - b.docRow)
      .slice(0, options.depth)
    builder.add(queryRow, Int32Array.from(best, (each) => each.docRow), Float32Array.from(best, (each) => each.score))
  }
  return builder.build()
}

/** One query's scores on a common scale. */
export function normalise(scores: Float32Array, normalisation: Normalisation): Float64Array {
  const values = Float64Array.from(scores)
  if (values.length === 0 || normalisation === 'none') return values
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  switch (normalisation) {
    case 'min-max':
      return values.map((x) => (high > low ? (x - low) / (high - low) : 1))
    case 'max':
      return values.map((x) => (high === 0 ? 0 : x / Math.abs(high)))
    case 'sum': {
      const total = values.reduce((sum, x) => sum + (x - low), 0)
      return values.map((x) => (total > 0 ? (x - low) / total : 1 / values.length))
    }
    case 'z-score': {
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
      return values.map((x) => (deviation > 0 ? (x - mean) / deviation : 0))
    }
  }
}
