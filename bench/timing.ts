// What benchmarks share: medians and a small table.

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

/** Seconds since a performance.now(). */
export const since = (started: number) => (performance.now() - started) / 1000

export function printTable(title: string, rows: string[][]): void {
  console.log(title)
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)))
  for (const row of rows) console.log(`  ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  ')}`)
}
