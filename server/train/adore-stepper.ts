// Steps of ADORE: the query encoder learns against the documents that it finds itself, in each step anew. Called by train.ts.
import { hasOwnMemory } from '@/server/graph/session'
import { openEncoder } from '@/server/model/encode'
import { towerViews, viewsOf } from '@/server/model/weights'
import { openExactSearch } from '@/server/search/exact'
import { rankingMetrics, tokenCounts } from './batch-metrics'
import { adoreFeeds, appendPositives } from './losses/adore'
import { adoreObjective, searchedAdoreObjective, type AdoreBatch, type SearchedBatch, type Tokens } from './objective'
import type { Sampler } from './sampler'
import type { Recipe, SegmentOptions } from './segment'
import { batchesOf, makeSteps, meanOf, named, openPlannedStepper, openSegmentTrainer, queryTokens, type Stepper } from './stepper'

type AdoreRecipe = Extract<Recipe, { method: 'adore' }>

/** On a GPU the search is a part of the step, so that weights and collection stay there for many steps. */
export function openAdoreStepper(o: SegmentOptions, recipe: AdoreRecipe, sampler: Sampler): Promise<Stepper> {
  return hasOwnMemory(o.device) ? openSearchingStepper(o, recipe, sampler) : openSearchedStepper(o, recipe, sampler)
}

/** Searches before each step, with sessions of their own. */
async function openSearchedStepper(o: SegmentOptions, { collection, topK, metricCut }: AdoreRecipe, sampler: Sampler): Promise<Stepper> {
  const { architecture, state } = o
  const objective = adoreObjective(collection, { dim: architecture.dim, temperature: o.train.temperature })
  const trainer = await openSegmentTrainer(o, objective)
  const encoder = await openEncoder(architecture, towerViews(architecture, viewsOf(state.layout, state.weights), 'query'), { threads: o.threads, device: o.device, inTraining: true })
  const search = await openExactSearch(collection, { dim: architecture.dim, k: topK, threads: o.threads, device: o.device })
  const makeBatch = async (draw: number): Promise<AdoreBatch & { relevant: (readonly boolean[])[] }> => {
    const queries = sampler.queries(draw)
    const tokens = queryTokens(o, queries)
    // the current query encoder searches the whole collection: its top documents are this step's hard negatives
    const top = await search.search(await encoder.encode(tokens))
    const lists = queries.map((q, i) => appendPositives(top.docs.subarray(i * top.k, (i + 1) * top.k), q.relevant))
    return { queries: tokens, feeds: adoreFeeds(lists, metricCut), relevant: lists.map((list) => list.relevant) }
  }
  return {
    stepsAtOnce: 1, // the next step's documents are found by the weights that this one leaves
    async steps([step]) {
      const batches = await batchesOf(o, step, makeBatch)
      const [report] = await makeSteps(o, trainer, [step], [batches])
      return [{ report, metrics: meanOf(batches.map((b) => named(rankingMetrics(b.relevant)))), ...tokenCounts(batches.flatMap((b): Tokens[] => [...b.queries])) }]
    },
    parameterNorm: () => trainer.parameterNorm(),
    async close() {
      await trainer.close()
      await encoder.close()
      await search.close()
    },
  }
}

/** Searches inside of each step. */
function openSearchingStepper(o: SegmentOptions, { collection, topK, metricCut }: AdoreRecipe, sampler: Sampler): Promise<Stepper> {
  const objective = searchedAdoreObjective(collection, { dim: o.architecture.dim, temperature: o.train.temperature, topK, metricCut })
  return openPlannedStepper(o, objective, {
    makeBatch(draw): SearchedBatch {
      const queries = sampler.queries(draw)
      return { queries: queryTokens(o, queries), relevant: queries.map(({ relevant }) => relevant) }
    },
    metricsOf({ positive: { data, shape: [, width] } }) {
      return named(rankingMetrics(Array.from({ length: o.train.batchSize }, (_, q) => Array.from(data.subarray(q * width, (q + 1) * width), (x) => x > 0))))
    },
  })
}
