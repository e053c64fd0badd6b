// What a file of browser tests begins with: a server of its own, a browser with a page in it, pictures, and a folder with the tiny data set.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchBrowser, watchErrors } from './browser'
import { type Photographer, openPhotographer } from './photographs'
import { type StudioApi, studioApi } from './studio-api'
import { type StudioServer, startStudio } from './studio-server'
import { writeTinyData } from './tiny-data'

export interface Scene {
  /** For files of the test; `tiny` in it is the data set, not imported yet. */
  data: string
  server: StudioServer
  browser: Browser
  context: BrowserContext
  page: Page
  /** What the page has complained about. */
  errors: string[]
  api: StudioApi
  /** Keeps pictures of a page, and fails on what no page may have. */
  photograph: (...of: Parameters<Photographer['photograph']>) => Promise<void>
  close: () => Promise<void>
}

export async function openScene(): Promise<Scene> {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-e2e-data-'))
  writeTinyData(path.join(data, 'tiny'))
  const [server, browser] = await Promise.all([startStudio(), launchBrowser()])
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 }, colorScheme: 'light', acceptDownloads: true, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const photographer = await openPhotographer(browser, server.url)
  return {
    data,
    server,
    browser,
    context,
    page,
    errors: watchErrors(page),
    api: studioApi(server.url),
    photograph: async (...of) => expect(await photographer.photograph(...of)).toEqual([]),
    close: async () => {
      await browser.close()
      await server.stop()
      fs.rmSync(data, { recursive: true, force: true })
    },
  }
}
