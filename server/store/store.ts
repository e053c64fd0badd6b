// Where artifacts are kept for all workers: a folder that they share, or an S3-compatible store. Steps always work on a local folder; the
// worker brings inputs there before a step and takes the published artifact away after it. Called by jobs and app/api.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { folderStore } from './folder'
import { s3Store } from './s3'

export interface ArtifactStore {
  /** In words, for logs: "folder /data/artifacts", "s3://bucket/prefix". */
  readonly name: string
  /** True where the local folder is only a cache of it. */
  readonly isRemote: boolean
  /** Sees to it that the artifact lies, complete, in the local folder. False where nobody has it. Throws unavailable where the store does not answer. */
  fetch(key: string, signal?: AbortSignal): Promise<boolean>
  /** Sees to it that everybody can fetch the artifact, which lies in the local folder. */
  publish(key: string, signal?: AbortSignal): Promise<void>
  /** Removes artifacts from the store; their local folders are the caller's. */
  remove(keys: string[]): Promise<void>
  /** What it keeps beside the local folder, half-written ones too. */
  list(): Promise<StoredArtifact[]>
}

export interface StoredArtifact {
  key: string
  bytes: number
  /** When its newest file came. */
  changedAt: Date
}

export interface StoreOptions {
  /** The local folder: where steps read and write. */
  root: string
  /** `s3://bucket/prefix`, or null where the local folder is the store (its own, or a shared one that is mounted). */
  location: string | null
  s3?: S3Options
}

export interface S3Options {
  /** Of a store that is not Amazon's; absent: Amazon's in the region. */
  endpoint?: string
  region?: string
  accessKeyId?: string
  secretAccessKey?: string
  /** Bytes of a part of a large file. At least 5 MiB. */
  partBytes?: number
}

/** Opens the store. Throws bad-input where the location is none. */
export function openStore({ root, location, s3 = {} }: StoreOptions): ArtifactStore {
  if (location === null) return folderStore(path.resolve(root))
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(location) ?? []
  if (!bucket) throw new AppError('bad-input', `The artifact store ${location} is not known; give s3://bucket/prefix, or a folder with DRHARD_ARTIFACTS`)
  return s3Store({ root: path.resolve(root), bucket, prefix, ...s3 })
}
