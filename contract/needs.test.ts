import { describe, expect, it } from 'vitest'
import { canRun, needsOfQueue, ownCodes, queueOfNeeds } from './needs'

const worker = { codes: ownCodes(), devices: ['cpu'], memoryBytes: 8e9 }
const needs = { code: ownCodes()[0], device: 'cpu', memoryBytes: 3e9 }

describe('where a step may go', () => {
  it.each([
    ['what it needs is there', {}, {}, true],
    ['too little memory', { memoryBytes: 9e9 }, {}, false],
    ['no such device', { device: 'cuda' }, {}, false],
    ['a device beside the processor', { device: 'cuda' }, { devices: ['cpu', 'cuda'] }, true],
    ['another version of its code', { code: 'train.999' }, {}, false],
  ])('%s', (_, asked, given, expected) => expect(canRun({ ...worker, ...given }, { ...needs, ...asked })).toBe(expected))

  it('its queue tells it, and lets no step pass that needs more', () => {
    const name = queueOfNeeds({ code: 'bm25-retrieve.1', device: 'cuda', memoryBytes: 2.5 * 2 ** 30 })
    expect(name).toBe('step.bm25-retrieve.1.cuda.3')
    expect(needsOfQueue(name)).toEqual({ code: 'bm25-retrieve.1', device: 'cuda', memoryBytes: 2 * 2 ** 30 })
    expect(needsOfQueue('mail')).toBeNull()
  })
})
