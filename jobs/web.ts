// Builds the dashboard when its sources are newer than the last build, and starts it. Called by jobs/serve.ts.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/contract/errors'

const SOURCES = ['proxy.ts', 'app', 'components', 'contract', 'server', 'public', 'next.config.js', 'package-lock.json', 'tsconfig.json', 'postcss.config.mjs']

/** True where a source file is newer than the build, or nothing is built. */
export function isBuildStale(root: string): boolean {
  const built = path.join(root, '.next', 'BUILD_ID')
  if (!fs.existsSync(built)) return true
  const builtAt = fs.statSync(built).mtimeMs
  return SOURCES.map((name) => path.join(root, name)).some((file) => fs.existsSync(file) && newest(file) > builtAt)
}

function newest(file: string): number {
  const stat = fs.statSync(file)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...fs.readdirSync(file).filter((name) => !name.includes('.test.')).map((name) => newest(path.join(file, name))))
}

/** Runs `next build`; its output goes to a file, the end of which is told if it fails. */
export async function buildWeb(root: string, logFile: string, signal: AbortSignal): Promise<void> {
  const log = fs.openSync(logFile, 'w')
  const build = spawn(process.execPath, [nextBinary(root), 'build'], { cwd: root, stdio: ['ignore', log, log], signal, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } })
  fs.closeSync(log)
  const code = await new Promise<number | null>((resolve, reject) => build.once('exit', resolve).once('error', reject))
  if (code === 0) return
  const tail = fs.readFileSync(logFile, 'utf8').trim().split('\n').slice(-25).join('\n')
  throw new AppError('broken', `The dashboard could not be built (next build ended with ${code}); the end of ${logFile}:\n${tail}`)
}

/** Starts the built dashboard. It ends with this process, whatever ends it. */
export function startWeb(root: string, { port, host, logFile }: { port: number; host: string; logFile: string }): ChildProcess {
  const log = fs.openSync(logFile, 'a')
  const preload = `file://${path.join(root, 'jobs', 'exit-with-parent.mjs')}`
  const web = spawn(process.execPath, ['--import', preload, nextBinary(root), 'start', '-H', host, '-p', String(port)], {
    cwd: root,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
  fs.closeSync(log)
  return web
}

/** Waits until the dashboard answers, and reaches its database. */
export async function waitForWeb({ port, host }: { port: number; host: string }, web: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000
  let last = 'no answer'
  while (Date.now() < deadline) {
    if (web.exitCode !== null) throw new AppError('broken', `The dashboard ended with code ${web.exitCode} while starting`)
    try {
      const response = await fetch(`http://${reachable(host)}:${port}/api/health`)
      if (response.ok) return
      last = await response.text()
    } catch {
      // it does not listen yet
    }
    await sleep(100)
  }
  throw new AppError('broken', `The dashboard did not come up within 60 s: ${last}`)
}

/** Throws where something listens on the port already. */
export async function checkPortFree(port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', (cause) => reject(new AppError('unavailable', `Port ${port} of ${host} cannot be used (${(cause as Error).message}); choose another with --port`, { cause })))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

/** An address at which this machine reaches a server that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function nextBinary(root: string): string {
  return path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
}
