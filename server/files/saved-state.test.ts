import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { readState, saveState } from './saved-state'

let dir: string
let said: string[]
const save = (text: string) => saveState(dir, (to) => fs.writeFileSync(path.join(to, 'weights'), text))
const read = () => readState(dir, (from) => fs.readFileSync(path.join(from, 'weights'), 'utf8'), (_, line) => said.push(line))

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-state-'))
  said = []
})

it('gives back the newest', () => {
  expect(read()).toBeNull()
  for (const text of ['one', 'two', 'three']) save(text)
  expect(read()).toBe('three')
  expect(said).toEqual([])
})

it('falls back to the one before where the newest is damaged, and says so', () => {
  for (const text of ['one', 'two']) save(text)
  fs.writeFileSync(path.join(dir, 'state', 'weights'), 'twO')
  expect(read()).toBe('one')
  expect(said).toEqual([expect.stringMatching(/is damaged \(weights has another hash.*the one before it is used/)])
})

it('begins anew where both are damaged', () => {
  for (const text of ['one', 'two']) save(text)
  fs.rmSync(path.join(dir, 'state', 'weights'))
  fs.writeFileSync(path.join(dir, 'state-before', 'seals.json'), '{')
  expect(read()).toBeNull()
  expect(said).toHaveLength(2)
})

it('a kill at any moment of saving leaves a state', () => {
  save('one')
  // killed after the old one was moved and before the new one took its place
  fs.renameSync(path.join(dir, 'state'), path.join(dir, 'state-before'))
  fs.mkdirSync(path.join(dir, 'state.partial'))
  expect(read()).toBe('one')
  save('two')
  expect(read()).toBe('two')
})
