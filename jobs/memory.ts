// Memory for steps: what this machine or container has, and what of it is free. Called by jobs/capabilities.ts for what a worker announces,
// and by the train step before it begins.
import fs from 'node:fs'
import os from 'node:os'

/** Bytes: a container's limit counts where it is below what the machine has. */
export function totalMemoryBytes(): number {
  return Math.min(os.totalmem(), readLimit())
}

/** Bytes: what Linux says is available, caches that it would give up included, within this process's control group. */
export function freeMemoryBytes(): number {
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readText('/proc/meminfo'))?.[1] ?? 0) * 1024 || os.freemem()
  const used = Number(readText('/sys/fs/cgroup/memory.current') || readText('/sys/fs/cgroup/memory/memory.usage_in_bytes'))
  return Math.min(available, readLimit() - used)
}

/** The control group's limit, of either version; Infinity where there is none ("max"). */
function readLimit(): number {
  return Math.min(...['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'].map((file) => Number(readText(file)) || Infinity))
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
