// `drhard data get`: downloads a known public collection into a folder that `drhard data import` reads. May be stopped and started again.
// Called by jobs/cli.ts.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { KNOWN_COLLECTIONS, type KnownCollection, type KnownFile } from '@/server/dataset/known-downloads'
import { download, type DownloadOptions } from '@/server/files/download'
import { extractTarGz } from '@/server/files/untar'
import { RateEstimate } from './rate-estimate'
import { formatBytes } from './format-bytes'

export interface GetDataOptions {
  name: string
  dir: string
  /** Replaces scheme, host and folder of every address: a mirror that has the files side by side. */
  mirror?: string
  signal: AbortSignal
  log: (line: string) => void
  /** Shown in place of the one before. */
  status: (line: string) => void
  collections?: Record<string, KnownCollection>
  pauseMs?: DownloadOptions['pauseMs']
}

/** Returns the names of the files that are there now. Throws AppError bad-input or unavailable. */
export async function getData({ name, dir, mirror, signal, log, status, collections = KNOWN_COLLECTIONS, pauseMs }: GetDataOptions): Promise<string[]> {
  if (!Object.hasOwn(collections, name)) throw new AppError('bad-input', `${name} is not known; ${Object.keys(collections).join(' and ')} are. Other collections: download them and use ./drhard data import`)
  const { title, licence, files, diskBytes } = collections[name]
  log(`${title}\n${licence}`)
  fs.mkdirSync(dir, { recursive: true })
  const missing = files.filter((file) => outcomes(file).some((each) => !fs.existsSync(path.join(dir, each))))
  const { bavail, bsize } = fs.statfsSync(dir)
  if (missing.length > 0 && bavail * bsize < diskBytes) throw new AppError('bad-input', `${dir} has ${formatBytes(bavail * bsize)} free, ${name} needs about ${formatBytes(diskBytes)}; choose another folder with --dir`)
  for (const file of missing) await getFile(file, dir, { mirror, signal, log, status, pauseMs })
  return files.flatMap(outcomes)
}

const nameOf = ({ url }: KnownFile) => path.posix.basename(new URL(url).pathname)
const outcomes = (file: KnownFile) => file.members ?? [nameOf(file)]

async function getFile(file: KnownFile, dir: string, { mirror, signal, log, status, pauseMs }: Pick<GetDataOptions, 'mirror' | 'signal' | 'log' | 'status' | 'pauseMs'>): Promise<void> {
  const name = nameOf(file)
  const target = path.join(dir, name)
  const url = mirror ? `${mirror.replace(/\/$/, '')}/${name}` : file.url
  const shown = (verb: string) => {
    const rate = new RateEstimate(() => performance.now())
    return (done: number, total: number) => {
      const left = total > 0 ? rate.secondsLeft(done, total, verb) : null
      status(`${verb} ${name}: ${formatBytes(done)}${total > 0 ? ` of ${formatBytes(total)}` : ''}${left === null ? '' : `, ${formatSeconds(left)} left`}`)
    }
  }
  if (!fs.existsSync(target)) await download(url, target, { bytes: file.bytes, md5: file.md5, signal, log, pauseMs, progress: shown('downloading') })
  if (!file.members) return log(`${name}: ${formatBytes(fs.statSync(target).size)}`)
  const found = await extractTarGz(target, dir, new Set(file.members), { signal, progress: shown('unpacking') })
  const lacking = file.members.filter((member) => !found.includes(member))
  if (lacking.length > 0) throw new AppError('bad-input', `${target} does not hold ${lacking.join(', ')}; it is not the archive that it should be`)
  fs.rmSync(target)
  log(`${name}: ${found.join(', ')}`)
}

function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
