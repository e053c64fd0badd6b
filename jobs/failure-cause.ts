// Finds out why a step's attempt failed, from how its process ended and what it said. Called by jobs/server.ts; what follows from a cause
// is decided in server/db/retry-policy.ts.
import fs from 'node:fs'
import type { Failure } from '@/server/db/steps'
import type { StepOutcome } from './step-process'

/** What V8, onnxruntime and the C++ library say when memory is short. */
const OUT_OF_MEMORY = /heap out of memory|array buffer allocation failed|invalid array (buffer )?length|bad_alloc|failed to allocate memory|cannot allocate memory|out of memory|ENOMEM/i
const DISK_FULL = /ENOSPC|EDQUOT|no space left on device|disk quota exceeded/i
/** How JavaScript and C++ name what ended a process: "SyntaxError: ...", "terminate called ...". */
const ERROR_LINE = /^\s*(\w*(Error|Exception)\b.*:|terminate called|FATAL)/
const UNAVAILABLE = /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EIO\b|ESTALE|socket hang up/

type FailedOutcome = Exclude<StepOutcome, { type: 'done' }>

/** The failure of an attempt. `oomKills` counts processes of this machine that the kernel killed for memory while it ran. */
export function failureOf(outcome: FailedOutcome, { oomKills }: { oomKills: number }): Failure {
  if (outcome.type === 'lost') {
    if (outcome.signal === 'SIGKILL' && oomKills > 0) return { reason: 'The system ran out of memory and killed its process', cause: 'out-of-memory' }
    if (OUT_OF_MEMORY.test(outcome.lastLines)) return { reason: `It ran out of memory: its process ${outcome.how}`, cause: 'out-of-memory' }
    const lastError = outcome.lastLines.split('\n').findLast((line) => ERROR_LINE.test(line))
    return { reason: `Its process ${outcome.how}${lastError ? `: ${lastError.trim()}` : ''}`, cause: 'lost-process' }
  }
  const { code, message, artifactKey } = outcome
  if (artifactKey) return { reason: message, cause: 'damaged-input', damagedKey: artifactKey }
  if (code === 'bad-input') return { reason: message, cause: 'bad-input' }
  if (code === 'no-space') return { reason: message, cause: 'disk-full' }
  if (DISK_FULL.test(message)) return { reason: `The disk is full: ${message}`, cause: 'disk-full' }
  if (OUT_OF_MEMORY.test(message)) return { reason: `It ran out of memory: ${message}`, cause: 'out-of-memory' }
  if (code === 'unavailable' || UNAVAILABLE.test(message)) return { reason: message, cause: 'unavailable' }
  return { reason: message, cause: 'bug' }
}

/** Processes that the kernel has killed for memory since the machine started, or since this container did; 0 where the system does not tell. */
export function countOomKills(): number {
  return Math.max(counterIn('/sys/fs/cgroup/memory.events', /^oom_kill (\d+)$/m), counterIn('/proc/vmstat', /^oom_kill (\d+)$/m))
}

function counterIn(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
