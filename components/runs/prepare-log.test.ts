// Pages and live lines join without doubles and in order.
import { describe, expect, it } from 'vitest'
import { joinLines } from './prepare-log'

const line = (id: string) => ({ id, at: '2026-01-01T00:00:00.000Z', stepId: null, attempt: null, level: 'info' as const, line: id })

describe('log lines', () => {
  it('come once and in order, whatever arrives first', () => {
    const live = joinLines([], [line('9'), line('10')])
    const withPage = joinLines(live, [line('7'), line('8'), line('9')])
    expect(withPage.map((l) => l.id)).toEqual(['7', '8', '9', '10'])
    expect(joinLines(withPage, [line('11')]).map((l) => l.id)).toEqual(['7', '8', '9', '10', '11'])
  })
})
