// Looks at a step's process every few seconds: cores, memory, and where nvidia-smi is, its GPU. Called by jobs/step-run.ts. Where the
// system has no /proc there are no samples.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import type { ResourceSample } from '@/contract/resources'

const SAMPLE_MS = 2000
/** Linux counts a process's time in these, whatever the kernel's own tick is (USER_HZ). */
const TICKS_PER_SECOND = 100

/** Calls `onSample` until stopped, once at once after the first interval and once at the end. */
export function sampleProcess(pid: number, onSample: (sample: ResourceSample) => void, sampleMs = SAMPLE_MS): { stop: () => void } {
  let before = readUsage(pid)
  let at = performance.now()
  const look = async () => {
    const now = readUsage(pid)
    if (!now || !before) return
    const asOf = performance.now()
    const cores = (now.cpuSeconds - before.cpuSeconds) / Math.max(0.001, (asOf - at) / 1000)
    before = now
    at = asOf
    const device = await readDevice(pid)
    onSample({ at: Date.now(), cores: Math.max(0, cores), memoryBytes: now.memoryBytes, deviceShare: device?.share ?? null, deviceBytes: device?.bytes ?? null })
  }
  const timer = setInterval(() => void look(), sampleMs)
  return { stop: () => clearInterval(timer) }
}

function readUsage(pid: number): { cpuSeconds: number; memoryBytes: number } | null {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (!resident) return null // it has ended and is not reaped yet
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, memoryBytes: Number(resident[1]) * 1024 }
  } catch {
    return null
  }
}

let hasNvidia = true

/** GPU memory of the process and use of the busiest GPU; null where there is no NVIDIA driver or the process uses none. */
async function readDevice(pid: number): Promise<{ share: number; bytes: number } | null> {
  if (!hasNvidia) return null
  try {
    const apps = await query(['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'])
    const own = apps.filter(([p]) => Number(p) === pid).reduce((sum, [, mib]) => sum + Number(mib), 0)
    if (!own) return null
    const gpus = await query(['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'])
    return { share: Math.max(...gpus.map(([percent]) => Number(percent))) / 100, bytes: own * 2 ** 20 }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') hasNvidia = false
    return null
  }
}

function query(args: string[]): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    execFile('nvidia-smi', args, { timeout: 5000 }, (error, stdout) => (error ? reject(error) : resolve(stdout.trim().split('\n').map((line) => line.split(', ')))))
  })
}
