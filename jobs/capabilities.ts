// What this machine offers to steps: cores, memory, devices, and the versions of its code. Called by jobs/server.ts.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { ownCodes, type Capabilities } from '@/contract/needs'

/** Looks at the machine; `changes` says otherwise where the person who starts the worker knows better. */
export function findCapabilities(changes: Partial<Capabilities> = {}): Capabilities {
  return { codes: ownCodes(), devices: changes.devices ?? findDevices(), memoryBytes: changes.memoryBytes ?? findMemory() }
}

function findDevices(): string[] {
  const gpus = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8', timeout: 10_000 })
  return gpus.status === 0 && gpus.stdout.includes('GPU ') ? ['cpu', 'cuda'] : ['cpu']
}

/** A container's limit counts where it is below what the machine has. */
function findMemory(): number {
  const limits = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'].map(readNumber)
  return Math.min(os.totalmem(), ...limits)
}

function readNumber(file: string): number {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || Infinity
  } catch {
    return Infinity
  }
}
