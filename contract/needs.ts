// What a step asks of a worker, and which worker can give it. A step goes only where its code version, its device and its memory are, so
// that workers of two versions can work side by side during an upgrade without mixing artifacts. Called by server/db and jobs.
import { stepCode, type StepPlan } from './step'
import { StepKind } from './run'

export interface StepNeeds {
  /** Kind and version of the code that the step was planned for, such as train.3. */
  code: string
  /** cpu, or the device that the configuration names; `auto` takes what a worker has. */
  device: string
  memoryBytes: number
}

export interface Capabilities {
  codes: string[]
  devices: string[]
  memoryBytes: number
}

const GIB = 2 ** 30
/** Training with a teacher: code from before there were teachers would leave the teacher out without a word. */
const DISTILLING = 'train-distilled.1'

export function needsOf(step: StepPlan, memoryBytes: number): StepNeeds {
  const { device } = step.params as { device?: string }
  const code = step.kind === 'train' && step.params.distillation ? DISTILLING : stepCode(step.kind)
  // tfjs and auto run on any worker
  return { code, device: device === 'cuda' || device === 'webgpu' ? device : 'cpu', memoryBytes }
}

/** Code versions of this checkout. */
export function ownCodes(): string[] {
  return [...StepKind.options.map(stepCode), DISTILLING]
}

export function canRun({ codes, devices, memoryBytes }: Capabilities, needs: StepNeeds): boolean {
  return codes.includes(needs.code) && devices.includes(needs.device) && needs.memoryBytes <= memoryBytes
}

/** The queue that delivers steps with these needs: one a combination, memory in whole GiB, because pg-boss does not look into jobs. */
export function queueOfNeeds({ code, device, memoryBytes }: StepNeeds): string {
  return `step.${code}.${device}.${Math.ceil(memoryBytes / GIB)}`
}

/** What a queue's steps need at least; null where it is none of ours. */
export function needsOfQueue(name: string): StepNeeds | null {
  const [, code, device, gib] = /^step\.(.+\.\d+)\.(\w+)\.(\d+)$/.exec(name) ?? []
  // the steps of a queue need more than one GiB less; which exactly, the claim looks up
  return code ? { code, device, memoryBytes: Math.max(0, Number(gib) - 1) * GIB } : null
}
