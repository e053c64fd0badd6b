// The families of measures: what each is called, which parameters it takes, its formula and where that comes from.
// Read by contract/measure.ts, which makes measures of them; server/eval/measures computes them.
import { z } from 'zod'

export const FamilyName = z.enum(['MRR', 'RR', 'AP', 'P', 'R', 'Success', 'NDCG', 'ERR', 'RBP', 'Rprec', 'Bpref', 'infAP', 'Judged', 'SetP', 'SetR', 'SetF', 'NumRet', 'NumRel', 'NumRelRet'])
export type FamilyName = z.infer<typeof FamilyName>

export interface Family {
  title: string
  /** Whether a cut (`@10`) may or must follow. */
  cut: 'none' | 'optional' | 'required'
  /** Parameters in brackets, in the order of the canonical name. */
  params: readonly ('rel' | 'p' | 'gain' | 'max')[]
  /** What trec_eval and others call it, before the cut. */
  aliases: readonly string[]
  /** In words, for a tooltip; k is the cut. */
  rule: string
  formula: string
  source: string
  /** Counts are summed over the queries, everything else is averaged. */
  summed?: boolean
}

export const FAMILIES: Record<FamilyName, Family> = {
  MRR: {
    title: 'Mean reciprocal rank, official MS MARCO rule',
    cut: 'optional',
    params: ['rel'],
    aliases: [],
    rule: 'Reciprocal rank of the first relevant document{cut}, mean over all queries that have one in the judgements: a query that was not ranked counts as 0',
    formula: '1 / rank of the first relevant document, 0 if there is none within k',
    source: 'msmarco_eval.py (Microsoft, MS MARCO passage ranking). The script counts documents of grade 0 as relevant, which MRR(rel=0) reproduces, and pads missing ranks with document 0, which we do not.',
  },
  RR: {
    title: 'Reciprocal rank',
    cut: 'optional',
    params: ['rel'],
    aliases: ['recip_rank'],
    rule: 'Reciprocal rank of the first relevant document{cut}',
    formula: '1 / rank of the first relevant document, 0 if there is none',
    source: 'trec_eval recip_rank; with a cut as trec_eval -M k',
  },
  AP: {
    title: 'Average precision',
    cut: 'optional',
    params: ['rel'],
    aliases: ['map', 'map_cut'],
    rule: 'Mean of the precision at every relevant document{cut}, over all relevant documents',
    formula: 'sum over relevant ranks i <= k of P@i, divided by the number of relevant documents',
    source: 'trec_eval map and map_cut_k',
  },
  P: {
    title: 'Precision',
    cut: 'required',
    params: ['rel'],
    aliases: [],
    rule: 'Share of relevant documents{cut}; ranks without a document count as not relevant',
    formula: 'relevant documents within k / k',
    source: 'trec_eval P_k',
  },
  R: {
    title: 'Recall',
    cut: 'required',
    params: ['rel'],
    aliases: ['recall'],
    rule: 'Share of a query’s relevant documents that are{cut}',
    formula: 'relevant documents within k / all relevant documents',
    source: 'trec_eval recall_k. Papers on question answering call Success@k "recall".',
  },
  Success: {
    title: 'Success',
    cut: 'required',
    params: ['rel'],
    aliases: ['success'],
    rule: '1 where a relevant document is{cut}, else 0',
    formula: '1 if a relevant document is within k, else 0',
    source: 'trec_eval success_k',
  },
  NDCG: {
    title: 'Normalised discounted cumulative gain',
    cut: 'optional',
    params: ['gain'],
    aliases: ['ndcg', 'ndcg_cut'],
    rule: 'Discounted gain{cut} over the best possible one; discount 1 / log2(rank + 1)',
    formula: 'DCG@k / ideal DCG@k, DCG = sum of gain(grade_i) / log2(i + 1); gain = grade (linear), or 2^grade - 1 (gain=exp)',
    source: 'Järvelin & Kekäläinen 2002; trec_eval ndcg and ndcg_cut_k. gain=exp: Burges et al. 2005. Negative grades gain nothing; every positive grade counts, whatever the relevance level.',
  },
  ERR: {
    title: 'Expected reciprocal rank',
    cut: 'optional',
    params: ['max'],
    aliases: [],
    rule: 'Expected reciprocal rank{cut} of the document that satisfies a user who reads from the top',
    formula: 'sum over ranks i <= k of 1/i * r_i * product of (1 - r_j) over j < i, r = (2^grade - 1) / 2^max; max is the highest grade of the judgements unless given',
    source: 'Chapelle et al. 2009',
  },
  RBP: {
    title: 'Rank-biased precision',
    cut: 'optional',
    params: ['p', 'rel'],
    aliases: [],
    rule: 'Expected rate of relevant documents{cut} for a user who goes on to the next rank with probability p',
    formula: '(1 - p) * sum over relevant ranks i <= k of p^(i - 1)',
    source: 'Moffat & Zobel 2008',
  },
  Rprec: {
    title: 'R-precision',
    cut: 'none',
    params: ['rel'],
    aliases: [],
    rule: 'Precision at the rank that equals the number of relevant documents',
    formula: 'relevant documents within R / R, R = all relevant documents',
    source: 'trec_eval Rprec',
  },
  Bpref: {
    title: 'Binary preference',
    cut: 'none',
    params: ['rel'],
    aliases: [],
    rule: 'How rarely documents judged not relevant come before relevant ones; unjudged documents are passed over',
    formula: '1/R * sum over retrieved relevant documents of 1 - min(judged not relevant above it, R) / min(R, N)',
    source: 'Buckley & Voorhees 2004; trec_eval bpref',
  },
  infAP: {
    title: 'Inferred average precision',
    cut: 'none',
    params: ['rel'],
    aliases: ['infap'],
    rule: 'Average precision estimated from judgements of a sample of the pool (grade -1: in the pool, not judged)',
    formula: 'mean over relevant documents at rank i of 1/i + (i-1)/i * (pooled above / (i-1)) * (relevant above + e) / (relevant above + not relevant above + 2e), e = 0.00001',
    source: 'Yilmaz & Aslam 2006; trec_eval infAP',
  },
  Judged: {
    title: 'Judged',
    cut: 'required',
    params: [],
    aliases: [],
    rule: 'Share of judged documents{cut}: how far the other measures can be trusted; ranks without a document count as not judged',
    formula: 'judged documents within k / k',
    source: 'ir_measures Judged@k',
  },
  SetP: { title: 'Set precision', cut: 'none', params: ['rel'], aliases: ['set_P'], rule: 'Share of relevant documents in the whole ranking', formula: 'relevant retrieved / retrieved', source: 'trec_eval set_P' },
  SetR: { title: 'Set recall', cut: 'none', params: ['rel'], aliases: ['set_recall'], rule: 'Share of a query’s relevant documents that are in the ranking at all', formula: 'relevant retrieved / relevant', source: 'trec_eval set_recall' },
  SetF: { title: 'Set F', cut: 'none', params: ['rel'], aliases: ['set_F'], rule: 'Harmonic mean of set precision and set recall', formula: '2 P R / (P + R)', source: 'trec_eval set_F' },
  NumRet: { title: 'Retrieved', cut: 'none', params: [], aliases: ['num_ret'], rule: 'Documents in the ranking, over all queries', formula: 'documents retrieved', source: 'trec_eval num_ret', summed: true },
  NumRel: { title: 'Relevant', cut: 'none', params: ['rel'], aliases: ['num_rel'], rule: 'Relevant documents, over all queries', formula: 'relevant documents', source: 'trec_eval num_rel', summed: true },
  NumRelRet: { title: 'Relevant retrieved', cut: 'none', params: ['rel'], aliases: ['num_rel_ret'], rule: 'Relevant documents in the ranking, over all queries', formula: 'relevant documents retrieved', source: 'trec_eval num_rel_ret', summed: true },
}
