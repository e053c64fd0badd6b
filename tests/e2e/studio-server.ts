// A real server for the browser tests: `./drhard serve` on a free port with a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = path.resolve(import.meta.dirname, '../..')
/** A cold build of the dashboard on a busy two-core machine takes two minutes. */
const START_MS = 280_000

export interface StudioServer {
  url: string
  dataDir: string
  /** Kills the web server alone; the supervisor starts it again. */
  killWeb(): Promise<void>
  /** The process of a part as it is now; undefined while there is none. */
  pidOf(part: Part): number | undefined
  /** What it has printed. */
  output(): string
  stop(): Promise<void>
}

export type Part = 'web' | 'worker' | 'step' | 'database'

export async function startStudio(): Promise<StudioServer> {
  // Not under /root: the embedded Postgres runs as another user.
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-e2e-'))
  fs.chmodSync(dataDir, 0o755)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const output: string[] = []
  const env: NodeJS.ProcessEnv = { ...process.env, DRHARD_DATA_DIR: dataDir }
  for (const name of ['DATABASE_URL', 'NODE_ENV', 'VITEST', 'VITEST_MODE', 'TEST']) delete env[name]
  const server = spawn('./drhard', ['serve', '--port', String(port)], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text: Buffer) => output.push(String(text)))
  await waitFor(url, server, output)
  const pidOf = (part: Part): number | undefined => {
    if (part === 'database') {
      const file = path.join(dataDir, 'postgres', 'postmaster.pid')
      return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8').split('\n')[0]) || undefined : undefined
    }
    const parent = part === 'step' ? pidOf('worker') : server.pid
    const word = { web: 'next', worker: 'cli.ts', step: 'child.mjs' }[part]
    return parent === undefined ? undefined : childPids(parent).find((child) => commandOf(child).includes(word))
  }
  return {
    url,
    dataDir,
    pidOf,
    output: () => output.join(''),
    killWeb: async () => {
      const pid = pidOf('web')
      if (!pid) throw new Error('the server has no web process')
      process.kill(pid, 'SIGKILL')
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await Promise.race([ended, sleep(30_000).then(() => server.kill('SIGKILL'))])
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function waitFor(url: string, server: ChildProcess, output: string[]): Promise<void> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`./drhard serve ended with ${server.exitCode}:\n${output.join('')}`)
    if (await fetch(`${url}/api/health`).then((response) => response.ok, () => false)) return
    await sleep(250)
  }
  throw new Error(`./drhard serve was not up within ${START_MS / 1000} s:\n${output.join('')}`)
}

function childPids(parent: number): number[] {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[1] === String(parent)
    } catch {
      return false // it ended meanwhile
    }
  })
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it ended meanwhile
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
