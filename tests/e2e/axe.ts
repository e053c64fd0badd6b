// axe-core on a page as it is now. Called by every browser test that opens a page, in both themes.
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 A and AA, and what axe calls good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds wrong, a line for each element with its rule; empty for an accessible page. */
export async function findAxeFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (tags) => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { runOnly: tags, resultTypes: ['violations'] })
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html }) => `${id} (${help}): ${target.join(' ')} ${html.slice(0, 160)}`))
  }, TAGS)
}

/** The same in both themes; the page is left in the light one. */
export async function findAxeFaultsInBothThemes(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.waitForFunction((dark) => document.documentElement.classList.contains('dark') === dark, theme === 'dark')
    faults.push(...(await findAxeFaults(page)).map((fault) => `${theme}: ${fault}`))
  }
  return faults
}
