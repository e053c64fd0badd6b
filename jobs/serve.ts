// The supervisor: Postgres, a worker and the dashboard as children, started in order and stopped in the reverse. Called by jobs/cli.ts
// (`drhard serve`) and jobs/demo.ts.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { startEmbedded, type EmbeddedPostgres } from '@/server/db/embedded'
import { databaseUrl, dataDir } from '@/server/db/location'
import { migrate } from '@/server/db/migrate'
import { isLoopback, requireLogin } from './account'
import { buildWeb, checkPortFree, isBuildStale, startWeb, waitForWeb } from './web'

export interface ServerOptions {
  port: number
  /** Address that the dashboard listens on. */
  host?: string
  log: (line: string) => void
}

export interface RunningServer {
  /** Resolves once the dashboard answers. */
  web: Promise<void>
  /** Seconds that building took; 0 where the build was fresh. Known once `web` has resolved. */
  buildSeconds: () => number
  /** Resolves when the server has been asked to stop, or rejects when a part of it cannot be kept up. */
  ended: Promise<void>
  stop(): Promise<void>
}

const root = path.resolve(import.meta.dirname, '..')
/** A part that ends by itself is started again, but not for ever: this many ends within a minute of its start. */
const MAX_RESTARTS = 5
const SETTLED_MS = 60_000
/** A part that was killed from outside is always started again, after at most this long. */
const MAX_PAUSE_MS = 10_000
const REVIVE_MS = 500
const STOP_MS = 20_000

/** `drhard serve`: until Ctrl-C. */
export async function serve({ port, host }: { port: number; host: string }): Promise<void> {
  const server = await startServer({ port, host, log: console.log })
  try {
    await server.web
    console.log(`open http://${isLoopback(host) ? '127.0.0.1' : os.hostname()}:${port}   (Ctrl-C stops)`)
    await server.ended
  } finally {
    await server.stop()
  }
}

/** Starts everything; the database and the worker are up when this resolves, the dashboard is still being built and started. */
export async function startServer({ port, host = '127.0.0.1', log }: ServerOptions): Promise<RunningServer> {
  const dir = dataDir()
  fs.mkdirSync(dir, { recursive: true })
  const unlock = lock(dir, port)
  const undo: (() => Promise<void> | void)[] = [unlock]
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    await checkPortFree(port, host)
    if (!process.env.DATABASE_URL) {
      const postgres = await startEmbedded(dir, log)
      const watch = setInterval(() => void reviveDatabase(postgres, log), REVIVE_MS)
      undo.push(() => {
        clearInterval(watch)
        return postgres.stop()
      })
      if (postgres.reused) log(`database: took over the server that a killed process left (pid ${postgres.pid})`)
    }
    const applied = await migrate(databaseUrl(), path.join(root, 'prisma', 'migrations'))
    if (applied.length) log(`database: applied ${applied.join(', ')}`)
    if (!isLoopback(host)) await requireLogin(log)
  } catch (error) {
    await stop()
    throw error
  }

  const stopping = new AbortController()
  let fail: (error: Error) => void
  const ended = new Promise<void>((resolve, reject) => {
    fail = reject
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (stopping.signal.aborted) return
        stopping.abort()
        log('\nstopping; running steps save and go back to the queue')
        resolve()
      })
    }
  })
  ended.catch(() => undefined) // whoever waits for it hears of it

  /** Keeps a child running until the server stops. */
  const keepUp = (name: string, start: () => ChildProcess) => {
    let child = start()
    let startedAt = performance.now()
    let quickEnds = 0
    let ownEnds = 0
    const watch = () =>
      child.once('exit', (code, signal) => {
        if (stopping.signal.aborted) return
        if (performance.now() - startedAt > SETTLED_MS) quickEnds = ownEnds = 0
        quickEnds++
        // A kill (by a person, or by the system for memory) is no fault of the part.
        if (signal !== 'SIGKILL' && signal !== 'SIGTERM' && ++ownEnds > MAX_RESTARTS) return fail(new AppError('broken', `The ${name} ended ${ownEnds} times (${signal ?? code}); see ${path.join(dir, `${name}.log`)}`))
        log(`the ${name} ended (${signal ?? `code ${code}`}); starting it again`)
        setTimeout(() => {
          if (stopping.signal.aborted) return
          child = start()
          startedAt = performance.now()
          watch()
        }, Math.min(500 * quickEnds, MAX_PAUSE_MS))
      })
    watch()
    undo.push(() => endChild(name, () => child, stopping, log))
    return () => child
  }

  keepUp('worker', () => startWorkerProcess(path.join(dir, 'worker.log')))

  let buildSeconds = 0
  const web = (async () => {
    if (isBuildStale(root)) {
      log('building the dashboard, about half a minute')
      const startedAt = performance.now()
      await buildWeb(root, path.join(dir, 'web-build.log'), stopping.signal)
      buildSeconds = (performance.now() - startedAt) / 1000
    }
    if (stopping.signal.aborted) return
    const child = keepUp('dashboard', () => startWeb(root, { port, host, logFile: path.join(dir, 'dashboard.log') }))
    await waitForWeb({ port, host }, child())
  })().catch((error) => {
    if (!stopping.signal.aborted) throw error
  })
  web.catch(() => undefined) // whoever waits for it hears of it

  return {
    web,
    buildSeconds: () => buildSeconds,
    ended,
    async stop() {
      stopping.abort()
      await web.catch(() => undefined)
      await stop()
    },
  }
}

/** The database is started again where its process has gone; one look at a time. */
let reviving = false
async function reviveDatabase(postgres: EmbeddedPostgres, log: (line: string) => void): Promise<void> {
  if (reviving) return
  reviving = true
  try {
    if (await postgres.revive()) log('the database ended; it is started again')
  } catch (error) {
    log(`the database cannot be started again: ${(error as Error).message}`)
  } finally {
    reviving = false
  }
}

/** What it says goes to a file: on the terminal it would only interrupt. */
function startWorkerProcess(logFile: string): ChildProcess {
  const log = fs.openSync(logFile, 'a')
  const worker = spawn(process.execPath, [...process.execArgv, path.join(root, 'jobs', 'cli.ts'), 'worker'], { stdio: ['ignore', log, log, 'ipc'], detached: true })
  fs.closeSync(log)
  return worker
}

async function endChild(name: string, current: () => ChildProcess, stopping: AbortController, log: (line: string) => void): Promise<void> {
  stopping.abort()
  const child = current()
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => {
    log(`the ${name} does not stop; killing it`)
    child.kill('SIGKILL')
  }, STOP_MS)
  await exited
  clearTimeout(timer)
}

interface Lock {
  pid: number
  port: number
}

/** One supervisor per data folder: two would run two databases on one cluster. Returns the way to unlock. */
function lock(dir: string, port: number): () => void {
  const file = path.join(dir, 'serve.lock')
  const held = readLock(file)
  if (held) throw new AppError('conflict', `Already running on ${dir}: pid ${held.pid}, http://127.0.0.1:${held.port}. Stop it with Ctrl-C or kill ${held.pid}, or choose another data folder with DRHARD_DATA_DIR`)
  fs.rmSync(file, { force: true })
  try {
    fs.writeFileSync(file, JSON.stringify({ pid: process.pid, port } satisfies Lock), { flag: 'wx' })
  } catch (cause) {
    throw new AppError('conflict', `Another start on ${dir} is under way`, { cause })
  }
  return () => fs.rmSync(file, { force: true })
}

/** The lock of a supervisor that lives; null where there is none or its process is gone. */
function readLock(file: string): Lock | null {
  if (!fs.existsSync(file)) return null
  try {
    const held = JSON.parse(fs.readFileSync(file, 'utf8')) as Lock
    process.kill(held.pid, 0)
    // After a reboot the number may belong to another program.
    const command = fs.existsSync('/proc/self') ? fs.readFileSync(`/proc/${held.pid}/cmdline`, 'utf8') : 'jobs/cli.ts'
    return command.includes('jobs/cli.ts') ? held : null
  } catch {
    return null
  }
}
