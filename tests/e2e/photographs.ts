// Pictures of pages in both themes and widths, and what no page may have: see browser.ts and axe.ts. Called by the browser tests that open pages.
import fs from 'node:fs'
import path from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { findAxeFaults } from './axe'
import { findFaults } from './browser'

const SHOTS = path.resolve(import.meta.dirname, '../..', 'test-results', 'screenshots')
const IMAGES = path.resolve(import.meta.dirname, '../..', 'docs', 'images')

export interface Photographer {
  /** Keeps pictures of a page; resolves to its faults, a line each, with theme and width. `prepare` opens what is to be seen. */
  photograph(name: string, address: string, ready: (page: Page) => Locator, prepare?: (page: Page) => Promise<void>): Promise<string[]>
}

/** Opens the browsers' pages once; they end with the browser. */
export async function openPhotographer(browser: Browser, baseURL: string): Promise<Photographer> {
  fs.mkdirSync(SHOTS, { recursive: true })
  const pages: { shot: Page; width: number; colorScheme: 'light' | 'dark' }[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      const context = await browser.newContext({ baseURL, viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme, reducedMotion: 'reduce' })
      pages.push({ shot: await context.newPage(), width, colorScheme })
    }
  }
  return {
    async photograph(name, address, ready, prepare) {
      const faults: string[] = []
      for (const { shot, width, colorScheme } of pages) {
        await shot.goto(address)
        await ready(shot).first().waitFor()
        await prepare?.(shot)
        await shot.waitForTimeout(300)
        await shot.screenshot({ path: path.join(SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true })
        // axe takes seconds: what it finds does not depend on the width
        const found = [...(await findFaults(shot)), ...(width === 1440 ? await findAxeFaults(shot) : [])]
        faults.push(...found.map((fault) => `${name} at ${width} px, ${colorScheme}: ${fault}`))
        // No stream of a page that nobody looks at.
        await shot.goto('about:blank')
      }
      return faults
    },
  }
}

/** With UPDATE_SCREENSHOTS=1, keeps what is on screen as a picture of the documentation. */
export async function keepForDocs(page: Page, name: string): Promise<void> {
  if (!process.env.UPDATE_SCREENSHOTS) return
  fs.mkdirSync(IMAGES, { recursive: true })
  await page.waitForTimeout(400)
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`) })
}
