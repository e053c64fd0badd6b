import { describe, expect, it } from 'vitest'
import { failureOf } from './failure-cause'

const failed = (message: string, code = 'broken', artifactKey?: string) => failureOf({ type: 'failed', code, message, artifactKey }, { oomKills: 0 }).cause
const killed = (oomKills: number, lastLines = '') => failureOf({ type: 'lost', how: 'was killed (SIGKILL)', signal: 'SIGKILL', lastLines }, { oomKills }).cause

describe('cause of a failure', () => {
  it.each([
    ['the learning rate is too high', 'bad-input', 'bad-input'],
    ['x is undefined', 'broken', 'bug'],
    ["ENOSPC: no space left on device, write '/data/x'", 'broken', 'disk-full'],
    ['Array buffer allocation failed', 'broken', 'out-of-memory'],
    ['std::bad_alloc', 'broken', 'out-of-memory'],
    ['connect ECONNREFUSED 10.0.0.3:9000', 'broken', 'unavailable'],
    ['the store answers 503', 'unavailable', 'unavailable'],
  ])('%s (%s): %s', (message, code, cause) => expect(failed(message, code)).toBe(cause))

  it('names the artifact of a damaged input', () => {
    expect(failureOf({ type: 'failed', code: 'broken', message: 'damaged', artifactKey: 'k1' }, { oomKills: 0 })).toMatchObject({ cause: 'damaged-input', damagedKey: 'k1' })
  })

  it('tells a kill for memory from another kill by the kernel’s counter or by the last words', () => {
    expect(killed(0)).toBe('lost-process')
    expect(killed(1)).toBe('out-of-memory')
    expect(killed(0, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')).toBe('out-of-memory')
  })

  it('names the error that a process ended with', () => {
    const lastLines = ['file:///x/child.mjs:3', "import { a } from './chunk.mjs'", "SyntaxError: './chunk.mjs' does not export 'a'", '    at ModuleJob._instantiate (node:internal/modules:1)', '', 'Node.js v20.20.2'].join('\n')
    expect(failureOf({ type: 'lost', how: 'ended with code 1 and no result', signal: null, lastLines }, { oomKills: 0 }).reason).toBe("Its process ended with code 1 and no result: SyntaxError: './chunk.mjs' does not export 'a'")
  })
})
