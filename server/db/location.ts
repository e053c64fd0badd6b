// Where this installation keeps its data and its database: the only file of server/ that reads settings from the environment. Called by
// server/db/client.ts, app/api and jobs.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { EnvironmentSetting } from '@/contract/settings'
import type { StoreOptions } from '@/server/store/store'

/** Folder of the database, the artifacts and the work in progress: DRHARD_DATA_DIR, or .drhard in the current folder. */
export function dataDir(): string {
  return path.resolve(process.env.DRHARD_DATA_DIR || '.drhard')
}

/** Folder of published artifacts, one folder a key: DRHARD_ARTIFACTS where that is a folder (one that all workers share), else in the data folder. */
export function artifactsDir(): string {
  const given = process.env.DRHARD_ARTIFACTS
  return given && !given.includes('://') ? path.resolve(given) : path.join(dataDir(), 'artifacts')
}

/** Where artifacts are kept for all workers: an S3-compatible store where DRHARD_ARTIFACTS is s3://bucket/prefix, else the folder itself. */
export function storeOptions(): StoreOptions {
  const { DRHARD_ARTIFACTS: given, DRHARD_S3_ENDPOINT: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env
  return { root: artifactsDir(), location: given?.includes('://') ? given : null, s3: { endpoint, region, accessKeyId, secretAccessKey } }
}

/** Where the embedded server of a data folder can be reached; written by server/db/embedded.ts, removed when it stops. */
export function embeddedUrlFile(dir: string): string {
  return path.join(dir, 'database-url')
}

/** Connection string: DATABASE_URL, or the embedded server that `drhard serve` started on this data folder. */
export function databaseUrl(): string {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL
  try {
    return fs.readFileSync(embeddedUrlFile(dataDir()), 'utf8').trim()
  } catch (cause) {
    throw new AppError('unavailable', `No database: DATABASE_URL is not set and no embedded server runs on ${dataDir()}; start one with ./drhard serve`, { cause })
  }
}

/** Bytes that artifacts may take: DRHARD_DISK_QUOTA, such as 200GB; null: as much as the disk has. */
export function diskQuota(): number | null {
  const text = process.env.DRHARD_DISK_QUOTA
  if (!text) return null
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/.exec(text) ?? []
  if (number === undefined) throw new AppError('bad-input', `DRHARD_DISK_QUOTA ${text}: give a size such as 200GB`)
  return Number(number) * 1000 ** ['', 'k', 'M', 'G', 'T'].indexOf(unit)
}

/** True where the dashboard is open to other machines: then everybody signs in. Set by `drhard serve --host`. */
export function loginRequired(): boolean {
  return process.env.DRHARD_LOGIN === 'required'
}

/** Folders that data sets may be imported from: DRHARD_DATA_ROOTS (separated by colons). Without it the whole disk where only this machine's user gets in, else `imports` in the data folder. */
export function dataRoots(): string[] {
  const roots = (process.env.DRHARD_DATA_ROOTS ?? '').split(path.delimiter).filter(Boolean)
  if (roots.length) return roots
  return loginRequired() ? [path.join(dataDir(), 'imports')] : [path.parse(dataDir()).root]
}

/** Where files that users upload wait for their import. */
export function uploadsDir(): string {
  return path.join(dataDir(), 'imports', 'uploads')
}

/** What the environment decides, for the settings page. Secrets are left out: of an address only the host is told. */
export function environmentSettings(): EnvironmentSetting[] {
  const setting = (variable: string, title: string, value: string, help: string): EnvironmentSetting => ({ variable, title, value, isSet: !!process.env[variable], help })
  const { root, location } = storeOptions()
  return [
    setting('DRHARD_DATA_DIR', 'Data folder', dataDir(), 'Database, artifacts and work in progress'),
    setting('DRHARD_ARTIFACTS', 'Artifact store', location ?? root, 'A folder that all workers share, or s3://bucket/prefix'),
    setting('DATABASE_URL', 'Database', process.env.DATABASE_URL ? hostOf(process.env.DATABASE_URL) : 'embedded Postgres in the data folder', 'A Postgres of your own'),
    setting('DRHARD_DISK_QUOTA', 'Disk quota', process.env.DRHARD_DISK_QUOTA || 'as much as the disk has', 'Bytes that artifacts may take, such as 200GB'),
    setting('DRHARD_DATA_ROOTS', 'Import roots', dataRoots().join(', '), 'Folders that data sets may be imported from, separated by colons'),
    setting('DRHARD_LOGIN', 'Login', loginRequired() ? 'everybody signs in' : 'nobody: only this machine reaches the dashboard', 'Set by ./drhard serve --host'),
  ]
}

function hostOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname}${port && `:${port}`}${pathname}`
  } catch {
    return 'an address that cannot be read'
  }
}
