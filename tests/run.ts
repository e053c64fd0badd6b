// `drhard test`: types, lint, unit and SQL tests, tiny pipeline and browser tests; the last line sums up. Called by ./drhard and .ci/run.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'

const USAGE = `drhard test
  Types (tsc), lint (eslint), unit tests, tests on a real Postgres, a tiny pipeline, and browser tests in Chromium.
  The last line is "N passed, N failed, N skipped".`

interface Count {
  passed: number
  failed: number
  skipped: number
}

const Summary = z.object({ passed: z.number().int(), failed: z.number().int(), skipped: z.number().int() })
const VitestReport = z.object({ testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })) })

const node = (script: string, ...args: string[]) => [process.execPath, path.join('node_modules', script), ...args]
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-test-run-'))

/** Runs a command with its output on the terminal; resolves to its exit code. */
function run(title: string, [command, ...args]: string[]): Promise<number> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: 'inherit' })
      .once('error', reject)
      .once('exit', (code, signal) => {
        console.log(`${title}: ${code === 0 ? 'passed' : `failed (${signal ?? code})`} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
        resolve(code ?? 1)
      })
  })
}

/** A check that is no suite of tests: it adds to the sum only where it fails. */
async function check(title: string, command: string[]): Promise<Count> {
  return { passed: 0, failed: (await run(title, command)) === 0 ? 0 : 1, skipped: 0 }
}

async function vitest(): Promise<Count> {
  const file = path.join(scratch, 'vitest.json')
  const code = await run('unit and SQL tests', node('vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`))
  if (!fs.existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const { testResults } = VitestReport.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  const tests = testResults.flatMap((suite) => suite.assertionResults)
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const test of tests) {
    if (test.status === 'passed') count.passed++
    else if (test.status === 'failed') count.failed++
    else count.skipped++
  }
  count.failed += testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed')).length
  // an error outside of any test, such as an unhandled rejection
  if (code !== 0 && count.failed === 0) count.failed++
  count.failed += checkGoldens(tests)
  return count
}

/** Where the goldens are there, a golden test that is skipped is a failure: it would pass unseen. */
function checkGoldens(tests: { fullName: string; status: string }[]): number {
  const shared = process.env.DRHARD_SHARED ?? path.resolve('../shared')
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed' && test.fullName.includes('(skipped: '))
  if (!fs.existsSync(path.join(shared, 'goldens')) || !skipped.length) return 0
  console.log(`goldens are in ${shared}, but these tests were skipped:\n${skipped.map((test) => `  ${test.fullName}`).join('\n')}`)
  return 1
}

async function browser(): Promise<Count> {
  if (!fs.existsSync('tests/e2e/run.ts')) return { passed: 0, failed: 1, skipped: 0 }
  const chromium = findChromium()
  if (!chromium) {
    console.log('browser tests: skipped, there is no Chromium; install it (apt-get install chromium) or set CHROMIUM to its path')
    return { passed: 0, failed: 0, skipped: 1 }
  }
  const file = path.join(scratch, 'e2e.json')
  const code = await run('browser tests', [process.execPath, ...process.execArgv, 'tests/e2e/run.ts', '--json', file, '--chromium', chromium])
  const count = fs.existsSync(file) ? Summary.parse(JSON.parse(fs.readFileSync(file, 'utf8'))) : { passed: 0, failed: 1, skipped: 0 }
  if (code !== 0 && count.failed === 0) count.failed++
  return count
}

/** As root, as on a build machine, a missing Chromium is installed. */
function findChromium(): string | null {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const found = () => candidates.find((file) => file && fs.existsSync(file)) ?? null
  if (found() || process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) return found()
  console.log('browser tests: installing chromium')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium']]) spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  return found()
}

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(USAGE)
} else {
  const counts = await Promise.all([check('types', node('typescript/bin/tsc', '-p', '.', '--noEmit')), check('lint', node('eslint/bin/eslint.js', '.'))])
  counts.push(await vitest(), await browser())
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0)
  fs.rmSync(scratch, { recursive: true })
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  process.exitCode = sum('failed') === 0 ? 0 : 1
}
