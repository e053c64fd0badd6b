// The browser of the tests, and what every page must hold to: no errors in the console, names for all controls, readable contrast, no sideways scroll.
import { type Browser, type Page, chromium } from 'playwright-core'

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** Collects what the page complains about. Failed requests are left out: tests that break the connection cause them on purpose. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|net::ERR_/.test(message.text())) errors.push(`${page.url()}: ${message.text()}`)
  })
  return errors
}

/** What a reader with another screen, other eyes or a screen reader would stumble over on the page as it is now. */
export async function findFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const visible = (el: Element) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && el.getClientRects().length > 0
    const describe = (el: Element) => `<${el.tagName.toLowerCase()}> "${(el.textContent ?? '').trim().slice(0, 40)}"`

    const root = document.documentElement
    if (root.scrollWidth > root.clientWidth) faults.push(`the page scrolls sideways by ${root.scrollWidth - root.clientWidth} px`)
    if (document.querySelectorAll('h1').length !== 1) faults.push(`${document.querySelectorAll('h1').length} h1 headings`)
    const ids = [...document.querySelectorAll('[id]')].map((el) => el.id)
    for (const id of new Set(ids.filter((value, i) => ids.indexOf(value) !== i))) faults.push(`the id ${id} occurs twice`)

    for (const el of document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea, [role="button"]')) {
      if (!visible(el)) continue
      const labelled = (el.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('')
      const labels = el instanceof HTMLInputElement || el instanceof HTMLSelectElement ? [...(el.labels ?? [])].map((label) => label.textContent).join('') : ''
      const name = el.getAttribute('aria-label') || labelled || labels || (el.matches('input, select') ? '' : el.textContent) || el.getAttribute('title')
      if (!name?.trim()) faults.push(`no name: ${el.outerHTML.slice(0, 120)}`)
    }

    // Contrast: WCAG 2.2 AA, 4.5:1, or 3:1 for large text.
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
    const rgba = (color: string): [number, number, number, number] => {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
      return [r, g, b, a / 255]
    }
    const over = (top: number[], under: number[]) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]))
    const luminance = (rgb: number[]) => {
      const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const backgroundOf = (el: Element): number[] => {
      const layers: [number, number, number, number][] = []
      for (let at: Element | null = el; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor))
      return layers.reverse().reduce<number[]>((under, layer) => over(layer, under), [255, 255, 255])
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const checked = new Set<Element>()
    while (walker.nextNode()) {
      const el = walker.currentNode.parentElement
      if (!el || checked.has(el) || !walker.currentNode.textContent?.trim() || !visible(el) || el.closest('[disabled], [aria-disabled="true"], .sr-only, option, script, style')) continue
      checked.add(el)
      const style = getComputedStyle(el)
      let opacity = 1
      for (let at: Element | null = el; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity)
      const color = rgba(el instanceof SVGElement ? style.fill : style.color)
      const background = backgroundOf(el)
      const shown = over([color[0], color[1], color[2], color[3] * opacity], background)
      const [a, b] = [luminance(shown), luminance(background)]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      const size = parseFloat(style.fontSize)
      const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5
      if (ratio < needed - 0.01) faults.push(`contrast ${ratio.toFixed(2)}:1 of ${describe(el)}`)
    }
    return faults
  })
}
