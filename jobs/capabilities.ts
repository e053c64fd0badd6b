// What this machine offers to steps: cores, memory, devices, and the versions of its code. Called by jobs/server.ts.
import { spawnSync } from 'node:child_process'
import { ownCodes, type Capabilities } from '@/contract/needs'
import { totalMemoryBytes } from './memory'

/** Looks at the machine; `changes` says otherwise where the person who starts the worker knows better. */
export function findCapabilities(changes: Partial<Capabilities> = {}): Capabilities {
  return { codes: ownCodes(), devices: changes.devices ?? findDevices(), memoryBytes: changes.memoryBytes ?? totalMemoryBytes() }
}

function findDevices(): string[] {
  const gpus = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8', timeout: 10_000 })
  return gpus.status === 0 && gpus.stdout.includes('GPU ') ? ['cpu', 'cuda'] : ['cpu']
}
