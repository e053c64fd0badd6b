// What benchmarks share: medians, peak memory and a small table.
import fs from 'node:fs'

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

/** Seconds since a performance.now(). */
export const since = (started: number) => (performance.now() - started) / 1000

/** The most memory that this process has held so far, in MiB (Linux). */
export const peakMb = () => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

export function printTable(title: string, rows: string[][]): void {
  console.log(title)
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)))
  for (const row of rows) console.log(`  ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  ')}`)
}
