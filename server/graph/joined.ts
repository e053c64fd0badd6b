// Arrays in a row as one. Called by onnx-file.ts, onnx-rounds.ts and jobs/query-embeddings.ts.

/** A new array of the elements of all parts, in order; `ArrayOf` is its kind. */
export function joined<A extends Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(ArrayOf: new (length: number) => A, parts: readonly (Float32Array | Uint8Array)[]): A {
  const all = new ArrayOf(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
