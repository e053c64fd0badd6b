// The WebGPU provider against the interpreter and the goldens, on a real adapter or on the software Vulkan driver that Chromium ships.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sharedPath } from '@/tests/shared-data'

const CHROMIUM = '/usr/lib/chromium'

/** Environment in which Dawn finds Chromium's Vulkan loader and driver, where the machine has none of its own. */
function vulkanEnvironment(): NodeJS.ProcessEnv {
  const [loader, driver] = ['libvulkan.so.1', 'vk_swiftshader_icd.json'].map((name) => path.join(CHROMIUM, name))
  if (!fs.existsSync(loader) || !fs.existsSync(driver)) return process.env
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-vulkan-'))
  fs.symlinkSync(loader, path.join(folder, 'libvulkan.so.1'))
  return { ...process.env, LD_LIBRARY_PATH: folder, VK_DRIVER_FILES: driver }
}

test('WebGPU computes every op, and the golden gradient', (context) => {
  const entry = path.resolve('tests/fixtures/device-conformance.ts')
  const goldens = sharedPath('goldens/drhard')
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', entry, 'webgpu', ...(goldens ? [goldens] : [])], { encoding: 'utf8', env: vulkanEnvironment(), timeout: 400_000 })
  expect(status, stderr).toBe(0)
  const answer = JSON.parse(stdout.trim().split('\n').at(-1)!) as { absent?: string; results?: Record<string, number> }
  if (answer.absent) return context.skip(`no WebGPU adapter: ${answer.absent}`)
  const off = Object.entries(answer.results!).filter(([, difference]) => !(difference < 2e-4))
  expect(off).toEqual([])
  expect(Object.keys(answer.results!).length).toBeGreaterThan(60)
}, 410_000)
