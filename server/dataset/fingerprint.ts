// What an import depends on, without importing: part of the key of its step. Called by whoever plans an import (app/api, jobs).
import type { DatasetSource } from '@/contract/dataset'
import { findSourceFiles, fingerprintFiles } from './source-files'
import { givenFiles } from './given-results'
import { wordnetVersion } from './import-wordnet'

/** Changes when importing the source again could give other data. Throws AppError bad-input if the source is not there. */
export function fingerprintSource(source: DatasetSource): string {
  // What lies at an address is known once it is downloaded: the addresses stand for it.
  if (source.kind === 'url') return source.urls.join(' ')
  if (source.kind === 'wordnet') return wordnetVersion()
  return fingerprintFiles(findSourceFiles(source), source.kind === 'drhard' ? givenFiles(source.folder) : [])
}
