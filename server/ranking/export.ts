// A ranking as lines of a file to download, in either format. Called by the ranking route of app/api and by `drhard export`.
import type { Ranking } from './ranking'
import { msmarcoLines } from './msmarco'
import { trecLines, type IdSource } from './trec'

export type RankingFormat = 'trec' | 'msmarco'

export interface IdSources {
  queryIds: IdSource
  docIds: IdSource
}

/** Lines without their ends. A tag is one word in TREC's format, so spaces in it become dashes. */
export function rankingLines(ranking: Ranking, { queryIds, docIds }: IdSources, { format, tag }: { format: RankingFormat; tag: string }): Generator<string> {
  return format === 'trec' ? trecLines(ranking, queryIds, docIds, plain(tag)) : msmarcoLines(ranking, queryIds, docIds)
}

/** Name of the file: run, checkpoint, split and format, without characters that shells or headers mind. */
export function rankingFileName({ runName, checkpointStep, split, format }: { runName: string; checkpointStep: number; split: string; format: RankingFormat }): string {
  return `${plain(runName)}-${checkpointStep}-${split}.${format === 'trec' ? 'trec' : 'msmarco.tsv'}`
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-') || 'run'
}
