import { expect, test } from 'vitest'
import { PRESETS, withRecipeValues } from './presets'
import { NewRun } from './run'

test('a configuration of a few words becomes its method’s recipe, with what was given in place', () => {
  const config = withRecipeValues({ method: 'star', datasetId: 'd', seed: 7, start: { kind: 'run', runId: 'r' }, train: { steps: 5 } })
  const recipe = PRESETS.find(({ id }) => id === 'star')!.runs('d')[0].config as Extract<NewRun['config'], { method: 'star' }>
  expect(NewRun.parse({ name: 'x', config }).config).toEqual({ ...recipe, seed: 7, start: { kind: 'run', runId: 'r' }, train: { ...recipe.train, steps: 5 } })
})

test('every method that can be trained or searched with needs no more than its name and a data set', () => {
  for (const method of ['bm25', 'in-batch', 'random', 'bm25-negatives']) expect(NewRun.safeParse({ name: 'x', config: withRecipeValues({ method, datasetId: 'd' }) }).error, method).toBeUndefined()
})

test('a method without a recipe is left to the contract to refuse', () => {
  const config = { method: 'nonsense', datasetId: 'd' }
  expect(withRecipeValues(config)).toEqual(config)
  expect(NewRun.safeParse({ name: 'x', config }).success).toBe(false)
})
