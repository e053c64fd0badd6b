// The best documents of a batch of queries, and how such lists become one. Called by exact.ts, ann.ts and the step that merges shards.

export interface TopDocs {
  /** Documents per query. */
  k: number
  docs: Int32Array // [queries, k], best first; equal scores by row ascending
  scores: Float32Array // [queries, k]
}

/** The best `depth` of several lists of the same `count` queries; equal scores by row ascending. Fewer where there are fewer. */
export function mergeTop(parts: readonly TopDocs[], count: number, depth: number): TopDocs {
  return parts.reduce((a, b) => mergeTwo(a, b, count, depth))
}

function mergeTwo(a: TopDocs, b: TopDocs, count: number, depth: number): TopDocs {
  const k = Math.min(depth, a.k + b.k)
  const out = { k, docs: new Int32Array(count * k), scores: new Float32Array(count * k) }
  for (let q = 0; q < count; q++) {
    let i = q * a.k
    let j = q * b.k
    const endA = i + a.k
    const endB = j + b.k
    for (let o = q * k; o < (q + 1) * k; o++) {
      const fromA = j >= endB || (i < endA && (a.scores[i] > b.scores[j] || (a.scores[i] === b.scores[j] && a.docs[i] < b.docs[j])))
      out.docs[o] = fromA ? a.docs[i] : b.docs[j]
      out.scores[o] = fromA ? a.scores[i++] : b.scores[j++]
    }
  }
  return out
}
