// The state that a step saves while it works, so that a later attempt goes on from there: the two newest are kept, each sealed by the
// hashes of its files, and a damaged one falls back to the one before. Called by jobs/steps/train.ts.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { LogLevel } from '@/contract/event'
import { sha256File } from './sha256'

const NEWEST = 'state'
const BEFORE = 'state-before'
const SEALS = 'seals.json'
const Seals = z.record(z.string(), z.string())

/** Saves what `write` puts into a folder; the one saved before is kept. */
export function saveState(workDir: string, write: (dir: string) => void): void {
  const [newest, before] = [path.join(workDir, NEWEST), path.join(workDir, BEFORE)]
  const partial = `${newest}.partial`
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(partial, { recursive: true })
  write(partial)
  fs.writeFileSync(path.join(partial, SEALS), JSON.stringify(sealsOf(partial)))
  if (fs.existsSync(newest)) {
    fs.rmSync(before, { recursive: true, force: true })
    fs.renameSync(newest, before)
  }
  fs.renameSync(partial, newest)
}

/** The newest saved state that is whole, read by `read`; null where there is none. Says which were passed over, and removes them. */
export function readState<T>(workDir: string, read: (dir: string) => T, log: (level: LogLevel, line: string) => void): T | null {
  for (const name of [NEWEST, BEFORE]) {
    const dir = path.join(workDir, name)
    if (!fs.existsSync(dir)) continue
    const fault = faultOf(dir)
    if (fault === null) return read(dir)
    log('warn', `The saved state ${dir} is damaged (${fault}); ${name === NEWEST && fs.existsSync(path.join(workDir, BEFORE)) ? 'the one before it is used' : 'the step begins at its checkpoint'}`)
    fs.rmSync(dir, { recursive: true, force: true })
  }
  return null
}

function faultOf(dir: string): string | null {
  try {
    const seals = Seals.parse(JSON.parse(fs.readFileSync(path.join(dir, SEALS), 'utf8')))
    const found = sealsOf(dir)
    const wrong = Object.keys(seals).find((name) => found[name] !== seals[name])
    return wrong ? `${wrong} ${found[wrong] ? 'has another hash than when it was saved' : 'is missing'}` : null
  } catch (error) {
    return `${SEALS} cannot be read: ${(error as Error).message}`
  }
}

function sealsOf(dir: string): z.infer<typeof Seals> {
  const names = fs.readdirSync(dir).filter((name) => name !== SEALS).sort()
  return Object.fromEntries(names.map((name) => [name, sha256File(path.join(dir, name))]))
}
