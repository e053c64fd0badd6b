import { expect, it } from 'vitest'
import { LineSplitter } from './line-splitter'

/** The lines of a text, whatever pieces it comes in. */
function linesOf(text: string, size: number): string[] {
  const splitter = new LineSplitter()
  const lines: string[] = []
  for (let i = 0; i < text.length; i += size) lines.push(...splitter.push(text.slice(i, i + size)))
  return [...lines, ...splitter.end()]
}

it.each([1, 2, 3, 1000])('in pieces of %i', (size) => {
  expect(linesOf('one\ntwo\r\n\nlast', size)).toEqual(['one', 'two', '', 'last'])
  expect(linesOf('  5 %\r 50 %\r100 %\ndone\n', size)).toEqual(['100 %', 'done'])
  expect(linesOf('  5 %\r 50 %\r', size)).toEqual([' 50 %'])
  expect(linesOf('a\r\r\nb', size)).toEqual(['a', 'b'])
})

it('cuts a line without an end', () => expect(linesOf('x'.repeat(40_000), 1000).map((line) => line.length)).toEqual([16_384, 16_384, 7232]))
