// Downloads a file over HTTP in spite of connections that break: goes on where it stopped, tries again with growing pauses, checks size
// and checksum, and gives the file its name only when it is whole. Called by data get, imports by URL and model imports.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/contract/errors'
import { stopIfCancelled } from './cancel'

export interface DownloadOptions {
  /** Lower-case hex; the file is refused if it has another. */
  sha256?: string
  md5?: string
  /** Bytes that the file must have. */
  bytes?: number
  /** More than this is refused while it comes in. */
  maxBytes?: number
  signal?: AbortSignal
  /** Bytes that are there, of those announced (0 where the server does not tell). */
  progress?: (done: number, total: number) => void
  log?: (line: string) => void
  /** How long to wait before try n (from 1); a test waits less. */
  pauseMs?: (tryNumber: number) => number
}

/** Tries without a single new byte before giving up. */
const MAX_BARREN_TRIES = 6
/** A server that sends nothing for so long is taken for gone. */
const STALL_MS = 30_000
const usualPause = (tryNumber: number) => Math.min(30_000, 500 * 2 ** tryNumber)

/** Downloads `url` to `file`; what `<file>.part` holds of an earlier try is kept. Returns the bytes. Throws AppError unavailable or bad-input. */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<number> {
  const part = `${file}.part`
  const tag = `${file}.part-etag`
  const { signal, log, pauseMs = usualPause } = options
  for (let barren = 0; ; ) {
    stopIfCancelled(signal)
    const before = sizeOf(part)
    let problem: string
    try {
      await fetchRest(url, part, tag, options)
      break
    } catch (error) {
      if (error instanceof AppError && error.code !== 'unavailable') throw error
      if (signal?.aborted) throw new AppError('cancelled', 'Cancelled')
      problem = describe(error)
    }
    barren = sizeOf(part) > before ? 1 : barren + 1
    if (barren >= MAX_BARREN_TRIES) throw new AppError('unavailable', `${url} cannot be downloaded: ${problem}, ${barren} times in a row; what came is kept in ${part}, try again later`)
    log?.(`${url}: ${problem} at byte ${sizeOf(part)}; trying again`)
    await sleep(pauseMs(barren), undefined, { signal }).catch(() => undefined)
  }
  await check(url, part, options)
  fs.rmSync(tag, { force: true })
  fs.renameSync(part, file)
  return sizeOf(file)
}

const sizeOf = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0

function describe(error: unknown): string {
  const cause = (error as Error).cause as Error | undefined
  return cause?.message ? `${(error as Error).message} (${cause.message})` : (error as Error).message
}

async function fetchRest(url: string, part: string, tagFile: string, { maxBytes, bytes, signal, progress }: DownloadOptions): Promise<void> {
  const have = sizeOf(part)
  const tag = have > 0 && fs.existsSync(tagFile) ? fs.readFileSync(tagFile, 'utf8') : null
  // Without a validator nobody can tell whether the file is still the same: then it is fetched from the start.
  const resume = tag !== null
  const stall = new AbortController()
  let timer = setTimeout(() => stall.abort(), STALL_MS)
  const response = await fetch(url, {
    headers: resume ? { range: `bytes=${have}-`, 'if-range': tag, 'accept-encoding': 'identity' } : { 'accept-encoding': 'identity' },
    signal: AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]),
  }).finally(() => clearTimeout(timer))
  if (response.status === 416 && resume) {
    // nothing is left to send, or the file has shrunk: the check tells
    await response.body?.cancel()
    if (totalOf(response) === have) return
    fs.rmSync(part, { force: true })
    throw new AppError('unavailable', 'the server has another file now')
  }
  if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429) {
    await response.body?.cancel()
    throw new AppError('bad-input', `${url} answered ${response.status} ${response.statusText}; check the address`)
  }
  if (!response.ok || !response.body) throw new AppError('unavailable', `it answered ${response.status}`)
  const appends = response.status === 206 && resume
  const start = appends ? have : 0
  if (appends && !response.headers.get('content-range')?.startsWith(`bytes ${have}-`)) throw new AppError('unavailable', 'it sent another part than was asked for')
  const announced = appends ? totalOf(response) : Number(response.headers.get('content-length') ?? 0)
  const limit = maxBytes ?? Infinity
  if (announced > limit) throw new AppError('bad-input', `${url} has ${announced} bytes, more than the ${limit} allowed`)
  if (bytes !== undefined && announced > 0 && announced !== bytes) throw new AppError('bad-input', `${url} has ${announced} bytes, ${bytes} expected; it is not the file that it should be`)
  const validator = response.headers.get('etag') ?? response.headers.get('last-modified')
  if (validator && !validator.startsWith('W/')) fs.writeFileSync(tagFile, validator)
  else fs.rmSync(tagFile, { force: true })
  const fd = fs.openSync(part, appends ? 'a' : 'w')
  let done = start
  try {
    timer = setTimeout(() => stall.abort(), STALL_MS)
    for await (const chunk of response.body) {
      timer.refresh()
      done += chunk.length
      if (done > limit) throw new AppError('bad-input', `${url} has more than the ${limit} bytes allowed`)
      fs.writeFileSync(fd, chunk)
      progress?.(done, announced)
    }
    fs.fsyncSync(fd)
  } finally {
    clearTimeout(timer)
    fs.closeSync(fd)
  }
  if (announced > 0 && done < announced) throw new AppError('unavailable', `the connection ended after ${done} of ${announced} bytes`)
}

function totalOf(response: Response): number {
  return Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0)
}

async function check(url: string, part: string, { sha256, md5, bytes }: DownloadOptions): Promise<void> {
  const refuse = (why: string) => {
    fs.rmSync(part, { force: true })
    return new AppError('bad-input', `${url}: ${why}; what came is deleted, download it again`)
  }
  if (bytes !== undefined && sizeOf(part) !== bytes) throw refuse(`${sizeOf(part)} bytes came, ${bytes} expected`)
  for (const [algorithm, expected] of [['sha256', sha256], ['md5', md5]] as const) {
    if (!expected) continue
    const hash = createHash(algorithm)
    for await (const chunk of fs.createReadStream(part, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
    const found = hash.digest('hex')
    if (found !== expected) throw refuse(`its ${algorithm} is ${found}, ${expected} expected`)
  }
}
