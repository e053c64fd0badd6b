// Whether a step that failed is begun again, when, and how. The one table of causes. Called by server/db/steps.ts; jobs/failure-cause.ts
// finds the cause.

export type FailureCause =
  | 'bad-input' // the user's data or configuration
  | 'bug' // the step's own code: it would fail again
  | 'lost-worker'
  | 'lost-process'
  | 'out-of-memory'
  | 'disk-full'
  | 'unavailable' // a service or store that may come back
  | 'damaged-input' // an input's files are not what was published

export interface History {
  /** Claims since the launch, a retry by the user, or the last attempt that got further than all before: at least 1. */
  tries: number
  /** Below 1 where the step already works in smaller pieces. */
  chunkScale: number
}

export type Decision = { retry: false; words: string } | { retry: true; words: string; delayMs: number; chunkScale: number }

/** Attempts in a row that got no further, per cause; Infinity: always again. */
const MAX_TRIES: Record<FailureCause, number> = {
  'bad-input': 1,
  bug: 1,
  // A worker that is killed, rebooted or cut off says nothing about the step.
  'lost-worker': Infinity,
  'lost-process': 7,
  // once more, in smaller pieces
  'out-of-memory': 2,
  'disk-full': 6,
  unavailable: 10,
  // a disk that damages what is written to it is not to be trusted again and again
  'damaged-input': 4,
}

/** Milliseconds before the second attempt; doubled for each further one. */
const FIRST_DELAY_MS: Partial<Record<FailureCause, number>> = { 'disk-full': 5_000, unavailable: 1_000 }
const MAX_DELAY_MS = 60_000

/** Decides after an attempt that ended by `cause`. `words` is the step's reason from now on. */
export function decideRetry(cause: FailureCause, reason: string, { tries, chunkScale }: History): Decision {
  const limit = MAX_TRIES[cause]
  if (cause === 'out-of-memory' && chunkScale < 1) return { retry: false, words: `${reason}, again in pieces of half the size; free memory, or choose a smaller batch or encoder` }
  if (tries >= limit) return { retry: false, words: limit === 1 ? reason : `${reason}, ${tries} times without getting further` }
  if (cause === 'out-of-memory') return { retry: true, words: `${reason}; begun again in pieces of half the size`, delayMs: 0, chunkScale: 0.5 }
  const delayMs = delayOf(cause, tries)
  const when = delayMs >= 1000 ? ` in ${Math.round(delayMs / 1000)} s` : ''
  const count = limit === Infinity ? '' : ` (try ${tries + 1} of ${limit})`
  return { retry: true, words: `${reason}; begun again${when}${count}`, delayMs, chunkScale }
}

/** Lost workers and processes are replaced at once twice, then with growing pauses: a step that takes its worker down must not do so every second. */
function delayOf(cause: FailureCause, tries: number): number {
  const first = FIRST_DELAY_MS[cause]
  const doublings = first === undefined ? tries - 2 : tries - 1
  const delay = doublings < 0 || (first === undefined && doublings === 0) ? 0 : (first ?? 500) * 2 ** Math.min(doublings, 16)
  return Math.min(delay, MAX_DELAY_MS)
}
