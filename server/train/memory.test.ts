// The estimate moves the way memory does: what was measured of it stands in docs/benchmarks.md.
import { expect, test } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { SIZES } from '@/bench/sizes'
import { chunkThatFits, estimateTrainingMemory } from './memory'

const side = (texts: number, tokens: number) => ({ texts, meanTokens: tokens, longestTokens: tokens })
const options = (texts: number) => ({ architecture: SIZES.mini, settings: TRAIN_DEFAULTS, queries: side(texts, 24), docs: side(2 * texts, 120) })

test('a batch four times as large keeps four times as much, unless gradients are cached', () => {
  const [small, large] = [estimateTrainingMemory(options(16)), estimateTrainingMemory(options(64))]
  expect(large.activationBytes / small.activationBytes).toBeGreaterThan(3.5)
  const cached = { ...TRAIN_DEFAULTS, cachedChunkTokens: 1024 }
  expect(estimateTrainingMemory({ ...options(64), settings: cached }).totalBytes).toBe(estimateTrainingMemory({ ...options(16), settings: cached }).totalBytes)
})

test('the largest chunk that fits is found, or none', () => {
  const chunk = chunkThatFits(options(256), 1.5e9)!
  const total = (tokens: number) => estimateTrainingMemory({ ...options(256), settings: { ...TRAIN_DEFAULTS, cachedChunkTokens: tokens } }).totalBytes
  expect(total(chunk)).toBeLessThanOrEqual(1.5e9)
  expect(total(2 * chunk)).toBeGreaterThan(1.5e9)
  expect(chunkThatFits(options(256), 3e8)).toBeNull()
})
