import { expect, it } from 'vitest'
import { blockText, parseReport } from './report'

it('tells text, charts and tables apart, in order', () => {
  const body = '# Hello\n\n```chart\nmeasure: MRR@10\nruns: a, b\n```\nText with ```chart``` in it.\n\n```js\nruns: a\n```\n```table\nruns: a\nmeasures: MRR@10, RBP(p=0.8)\n```\n'
  expect(parseReport(body).map((block) => (block.kind === 'text' ? block.text.trim().slice(0, 9) : block))).toEqual(['# Hello', { kind: 'chart', runs: ['a', 'b'], measure: 'MRR@10', metric: null }, 'Text with', { kind: 'table', runs: ['a'], measures: ['MRR@10', 'RBP(p=0.8)'] }])
})

it('reads back what it writes', () => {
  for (const block of [{ kind: 'chart', runs: ['a'], measure: null, metric: 'loss' } as const, { kind: 'table', runs: ['a', 'b'], measures: ['R@100'] } as const]) expect(parseReport(blockText({ ...block, runs: [...block.runs] } as never))).toEqual([block])
})

it.each([
  ['```chart\nruns: a\n```', 'either a measure'],
  ['```chart\nmeasure: AP\n```', 'names no runs'],
  ['```table\nruns: a\ncolour: red\n```', 'not colour'],
  ['```chart\njust words\n```', 'name: value'],
])('%j cannot be drawn: %s', (body, reason) => expect(parseReport(body)).toEqual([{ kind: 'wrong', text: body, reason: expect.stringContaining(reason) }]))

it('leaves a fence that is not closed as text', () => expect(parseReport('```chart\nruns: a')).toEqual([{ kind: 'text', text: '```chart\nruns: a' }]))
