// Memory that a step may take on this machine right now. Called by the train step before it begins.
import fs from 'node:fs'
import os from 'node:os'

/** Bytes: what Linux says is available, caches that it would give up included, within this process's control group. */
export function freeMemoryBytes(): number {
  const read = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')
  const available = Number(/MemAvailable:\s+(\d+)/.exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024 || os.freemem()
  const limit = Number(read('/sys/fs/cgroup/memory.max'))
  const used = Number(read('/sys/fs/cgroup/memory.current'))
  return limit > 0 ? Math.min(available, limit - used) : available
}
