// What a worker and a step's child say to each other over IPC, besides the ChildMessages of contract/event.ts.
// Used by jobs/step-process.ts (the worker's side) and jobs/step-child.ts.
import type { StepKind } from '@/contract/run'

/** A step as its child gets it: everything is a path or a value, nothing is a row. */
export interface StepOrder {
  kind: StepKind
  key: string
  params: Record<string, unknown>
  /** Role -> key of the input's artifact. */
  inputs: Record<string, string>
  artifactsDir: string
  workDir: string
  /** Folder of the notes on which artifacts this machine has verified. */
  verifiedDir: string
  threads: number
  /** Below 1 after an attempt that ran out of memory: work in smaller pieces. */
  chunkScale: number
  /** True: an artifact of this key that lies here is not taken for it. */
  remake?: boolean
}

export type ParentMessage = { type: 'start'; order: StepOrder } | { type: 'cancel' }

/** Sent by a child whose modules are loaded: it can start at once. */
export type ReadyMessage = { type: 'ready' }
