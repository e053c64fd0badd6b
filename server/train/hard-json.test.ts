// hard.json is read as JSON.parse would read it, wherever the chunks are cut.
import { describe, expect, it } from 'vitest'
import { HardJsonParser } from './hard-json'

function parse(text: string, chunkBytes = 1e9): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  const parser = new HardJsonParser('hard.json', (query, docs) => (found[query] = docs))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.add(bytes.subarray(at, at + chunkBytes))
  parser.end()
  return found
}

const TEXT = '{"0": [50, 1, 31], "17": [],\n "2":[8841822]}\n'

describe('hard.json', () => {
  it.each([1, 2, 3, 7, 1000])('is the same in chunks of %i', (bytes) => expect(parse(TEXT, bytes)).toEqual(JSON.parse(TEXT)))

  it.each([
    ['{"0": [1, 2', /ends within its dictionary, after 11 bytes; copy it again/],
    ['{"0": [1, 2]', /ends within its dictionary/],
    ['{}', /holds no query/],
    ['[1, 2]', /up to byte 1: "\[" is out of place/],
    ['{"0": [1,]}', /"\\"0\\": \[1,\]" is out of place in {"query": \[document, ...\], ...}/],
    ['{"0": [1] "1": [2]}', /"\\"" is out of place/],
    ['{"0": [1], }', /ends within its dictionary/],
    ['{"D30": [1]}', /out of place/],
    ['{"0": [-1]}', /out of place/],
    ['{"0": [1.5]}', /out of place/],
    ['{"0": [1]}{', /"{" is out of place/],
    ['{"0": [12345678901234567890]}', /out of place/],
  ])('refuses %s', (text, message) => expect(() => parse(text)).toThrow(message))
})
