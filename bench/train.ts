// `bench train`: our training step and PyTorch's in turn on the same machine, so that noise falls on both. Called by run.ts.
import { spawn, spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { median } from './timing'
import { sideOf, type Side } from './side'
import { BATCH, SIZES, type Size } from './sizes'

interface Turn {
  ms: number
  memoryMb: number
}

const WARM_UP_TURNS = 3
const PYTHON = process.env.DRHARD_BENCH_PYTHON ?? '/usr/bin/python3'

/** Prints medians of `turns` paired steps and the ratio of the pairs. */
export async function benchTrain({ size, turns, json }: { size: string; turns: number; json: boolean }): Promise<void> {
  if (!(size in SIZES)) throw new Error(`--size ${size}: expected ${Object.keys(SIZES).join(', ')}`)
  const torch = torchVersion()
  const sides: Side<Turn>[] = [startOurs(size as Size), ...(torch ? [startTorch(size as Size, torch)] : [])]
  const results = sides.map((): Turn[] => [])
  try {
    for (let turn = -WARM_UP_TURNS; turn < turns; turn++)
      for (const [i, side] of sides.entries()) {
        const result = await side.step()
        if (turn >= 0) results[i].push(result)
      }
  } finally {
    for (const side of sides) side.stop()
  }
  const summary = {
    size,
    turns,
    load: os.loadavg()[0],
    sides: sides.map(({ name }, i) => ({ name, medianMs: median(results[i].map((t) => t.ms)), memoryMb: Math.max(...results[i].map((t) => t.memoryMb)) })),
    /** PyTorch's time over ours, median of the pairs. */
    ratio: torch ? median(results[1].map((t, i) => t.ms / results[0][i].ms)) : null,
  }
  if (json) return console.log(JSON.stringify(summary, null, 2))
  for (const side of summary.sides) console.log(`${side.name.padEnd(32)} ${side.medianMs.toFixed(1).padStart(8)} ms a step  ${side.memoryMb.toFixed(0).padStart(6)} MB`)
  console.log(torch ? `PyTorch / ours ${summary.ratio!.toFixed(2)} (median of ${turns} pairs, ${size}, load ${summary.load.toFixed(1)})` : `PyTorch not measured: ${PYTHON} has no torch; apt-get install python3-torch libopenblas0-openmp, or set DRHARD_BENCH_PYTHON`)
}

function torchVersion(): string | null {
  const found = spawnSync(PYTHON, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' })
  return found.status === 0 ? found.stdout.trim() : null
}

function startOurs(size: Size): Side<Turn> {
  const entry = path.join(import.meta.dirname, 'train-step.ts')
  return sideOf('ours', spawn(process.execPath, ['--import', 'tsx', entry, size], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } }))
}

/** OMP_WAIT_POLICY=passive: Debian's PyTorch otherwise has two thread pools that spin against each other, 2 to 4 times slower. */
function startTorch(size: Size, version: string): Side<Turn> {
  const entry = path.join(import.meta.dirname, 'train-step.py')
  const child = spawn(PYTHON, [entry, JSON.stringify(SIZES[size]), JSON.stringify(BATCH)], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, OMP_WAIT_POLICY: 'passive' } })
  return sideOf(`PyTorch ${version} eager`, child)
}
