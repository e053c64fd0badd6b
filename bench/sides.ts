// Our side and PyTorch's take turns at one unit of work, and what comes of it. Called by train.ts and encode.ts.
import { spawn, spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { HUGE_PAGES, sideOf, type Side } from './side'
import { median } from './timing'

const WARM_UP_TURNS = 2

export const Turn = z.object({ ms: z.number(), peakMb: z.number() }).loose()
type Turn = z.infer<typeof Turn>

export interface SideResult {
  name: string
  medianMs: number
  /** Largest resident size so far. */
  peakMb: number
  /** What else the last answer said. */
  more: Record<string, unknown>
  /** This side's time over that of the first side, median of the pairs. */
  ratio: number
}

/** Runs `turns` paired turns and summarises them; sides after the first are compared with it. */
export async function takeTurns(sides: Side<Turn>[], turns: number): Promise<{ load: number; sides: SideResult[] }> {
  const results = sides.map((): Turn[] => [])
  try {
    for (let turn = -WARM_UP_TURNS; turn < turns; turn++)
      for (const [i, side] of sides.entries()) {
        const result = await side.turn()
        if (turn >= 0) results[i].push(result)
      }
  } finally {
    for (const side of sides) side.stop()
  }
  const summary = sides.map(({ name }, i) => {
    const { ms: _ms, peakMb: _peakMb, ...more } = results[i][turns - 1]
    return { name, medianMs: median(results[i].map((t) => t.ms)), peakMb: Math.max(...results[i].map((t) => t.peakMb)), more, ratio: median(results[i].map((t, turn) => t.ms / results[0][turn].ms)) }
  })
  return { load: os.loadavg()[0], sides: summary }
}

export function printSides(title: string, { load, sides }: Awaited<ReturnType<typeof takeTurns>>): void {
  console.log(`${title} (load ${load.toFixed(1)})`)
  for (const { name, medianMs, peakMb, ratio } of sides) console.log(`${name.padEnd(44)} ${medianMs.toFixed(1).padStart(9)} ms ${peakMb.toFixed(0).padStart(7)} MB  ${ratio.toFixed(2)} x ours`)
}

/**
 * PyTorch's sides: one for each entry of DRHARD_BENCH_PYTHON, comma-separated `python[:mode][:hugepages]`, mode compile, tf32 or bfloat16 (default /usr/bin/python3).
 * Those without torch are named on standard error and left out. OMP_WAIT_POLICY=passive: Debian's PyTorch otherwise has two thread pools
 * that spin against each other, 2 to 4 times slower.
 */
export function torchSides(script: string, work: unknown): Side<Turn>[] {
  return (process.env.DRHARD_BENCH_PYTHON ?? '/usr/bin/python3').split(',').flatMap((entry) => {
    const [python, ...modes] = entry.split(':')
    const found = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' })
    if (found.status !== 0) {
      console.error(`PyTorch not measured: ${python} has no torch; apt-get install python3-torch libopenblas0-openmp, or set DRHARD_BENCH_PYTHON`)
      return []
    }
    const env = { ...process.env, OMP_WAIT_POLICY: 'passive', ...(modes.includes('hugepages') ? HUGE_PAGES : {}) }
    const child = spawn(python, [path.join(import.meta.dirname, script), modes.find((mode) => mode !== 'hugepages') ?? 'eager'], { stdio: ['pipe', 'pipe', 'inherit'], env })
    return [sideOf(['PyTorch', found.stdout.trim(), ...(modes.length ? modes : ['eager'])].join(' '), child, { work, answer: Turn })]
  })
}
