// What a batch learns from a teacher's scores of each query's positive and its own static negatives. Called by pairwise.ts and pair-stepper.ts.
import type { DistillationSettings } from '@/contract/distillation'
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'

/** What a teacher says of a batch: [queries, docs] each, zero where it says nothing, dummies included. */
export interface Teaching {
  /** The teacher's scores of the positive and of the taught negatives. */
  teacher: Float32Array
  /** 1 for the negatives that it has scored, of queries whose positive it has scored too. */
  taught: Float32Array
}

/** Outside of a list: so low that e^x is 0 beside any score. */
const ABSENT = 1e9

/**
 * Two losses over s = q . d / train.temperature and the teacher's t = score / temperature, with p the query's positive:
 *   margin-mse: mean over the taught pairs of ((s_p - s_n) - (t_p - t_n))^2 (Hofstätter et al. 2020, "Improving Efficient Neural Ranking
 *     Models with Cross-Architecture Knowledge Distillation", eq. 2, where both temperatures are 1);
 *   kl: mean over the taught queries of KL(softmax(t) || softmax(s)) over the list of the positive and its taught negatives (as in
 *     RocketQAv2, Ren et al. 2021, eq. 4, where the list is all of the query's).
 * Where nothing is taught it is 0.
 *
 * scores, own (one-hot: a query's positive), teacher, taught: [queries, docs].
 */
export function distillationLoss(g: Graph, i: { scores: Value; own: Value; teacher: Value; taught: Value }, { loss, temperature }: Pick<DistillationSettings, 'loss' | 'temperature'>): Value {
  const targets = g.mul(i.teacher, g.scalar(1 / temperature)) // [queries, docs]
  // 1e-6: where nothing is taught 0 instead of 0/0
  const mean = (losses: Value, counted: Value) => g.div(g.sum(g.mul(losses, counted)), g.add(g.sum(counted), g.scalar(1e-6)))
  if (loss === 'margin-mse') {
    const margins = (scores: Value) => g.sub(g.sum(g.mul(scores, i.own), [1], true), scores)
    const error = g.sub(margins(i.scores), margins(targets))
    return mean(g.mul(error, error), i.taught)
  }
  const inList = g.add(i.own, i.taught)
  const absent = g.mul(g.sub(inList, g.scalar(1)), g.scalar(ABSENT))
  const [student, wanted] = [g.add(i.scores, absent), g.add(targets, absent)]
  // sum_j p_j ((t_j - lse t) - (s_j - lse s)), where the p_j add up to 1
  const difference = g.sum(g.mul(g.softmax(wanted), g.sub(targets, i.scores)), [1], true) // [queries, 1]
  const divergence = g.add(difference, g.sub(g.logSumExp(student), g.logSumExp(wanted)))
  const isTaught = g.less(g.scalar(0), g.sum(i.taught, [1], true)) // [queries, 1]
  return mean(divergence, isTaught)
}

export interface TaughtQuery {
  positive: number
  /** Document rows of its own negatives. */
  negatives: readonly number[]
  /** What the teacher has scored of the query. */
  scored: { docRows: Int32Array; scores: Float32Array }
}

/**
 * The teacher's scores in the columns of a batch: positives first, then each query's negatives in turn, then the dummy.
 * A negative is taught where the mask of pairs [queries, docs] counts it, so never a relevant document.
 */
export function teachingOf(queries: readonly TaughtQuery[], mask: Float32Array): Teaching {
  const columns = mask.length / (queries.length + 1)
  const teacher = new Float32Array(mask.length)
  const taught = new Float32Array(mask.length)
  let column = queries.length
  for (const [q, { positive, negatives, scored }] of queries.entries()) {
    const ofPositive = scored.docRows.indexOf(positive)
    for (const negative of negatives) {
      const at = q * columns + column++
      const place = scored.docRows.indexOf(negative)
      if (ofPositive < 0 || place < 0 || !mask[at]) continue
      taught[at] = 1
      teacher[at] = scored.scores[place]
      teacher[q * columns + q] = scored.scores[ofPositive]
    }
  }
  return { teacher, taught }
}
