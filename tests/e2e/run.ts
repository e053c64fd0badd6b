// Runs the browser tests and writes how many passed. Called by tests/run.ts: run.ts --json FILE --chromium PATH.
// UPDATE_SCREENSHOTS=1 also renews the pictures of docs/guide.md.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const Report = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number(), numFailedTestSuites: z.number() })

const { values } = parseArgs({ options: { json: { type: 'string' }, chromium: { type: 'string', default: '/usr/bin/chromium' } } })
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-e2e-report-'))
const file = path.join(scratch, 'vitest.json')
const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'tests/e2e/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], {
  cwd: path.resolve(import.meta.dirname, '../..'),
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM: values.chromium },
})
const code = await new Promise<number>((resolve) => vitest.once('exit', (exit) => resolve(exit ?? 1)))
const report = fs.existsSync(file) ? Report.parse(JSON.parse(fs.readFileSync(file, 'utf8'))) : null
fs.rmSync(scratch, { recursive: true })
// A suite that could not even start has no failed test.
const failed = report ? report.numFailedTests || (report.numFailedTestSuites > 0 || code !== 0 ? 1 : 0) : 1
if (values.json) fs.writeFileSync(values.json, JSON.stringify({ passed: report?.numPassedTests ?? 0, failed, skipped: report?.numPendingTests ?? 0 }))
process.exitCode = failed === 0 ? 0 : 1
