// The measures that every run is judged by, and what each of them means. Shared by server, charts and CLI.
import { z } from 'zod'

export const MeasureName = z.enum(['MRR@10', 'R@100', 'NDCG@10'])
export type MeasureName = z.infer<typeof MeasureName>

export const MEASURES: MeasureName[] = MeasureName.options

/** How a measure is computed, in words for a tooltip. */
export const MEASURE_RULES: Record<MeasureName, string> = {
  'MRR@10': 'Reciprocal rank of the first relevant document within the first 10, mean over the judged queries of the split (official MS MARCO rule).',
  'R@100': 'Share of a query’s relevant documents within the first 100, mean over the judged queries of the split (trec_eval recall_100).',
  'NDCG@10': 'Discounted gain of the first 10 over the ideal gain, linear gain and log2 discount, mean over the judged queries of the split (trec_eval ndcg_cut_10).',
}

/** One value per measure; a measure that was not computed is absent, never zero. */
export const MeasureValues = z.partialRecord(MeasureName, z.number())
export type MeasureValues = z.infer<typeof MeasureValues>
