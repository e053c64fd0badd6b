// Makes a page of a report that opens without the server: its HTML as it stands, the styles in it, no scripts, nothing fetched.
// Called by report-view.tsx in the browser.

/** What must not be in the page: controls, and what screen readers get from the live page only. */
const LEFT_OUT = '[data-not-exported], button, [role="status"], script'

/** The report as one HTML document. `element` holds its parts as they are shown. */
export function exportReport(element: HTMLElement, { title, note }: { title: string; note: string }): string {
  const copy = element.cloneNode(true) as HTMLElement
  // A button that only explains its words (a column head with a hint) leaves them.
  for (const button of copy.querySelectorAll('th button, td button')) button.replaceWith(...button.childNodes)
  for (const el of copy.querySelectorAll(LEFT_OUT)) el.remove()
  for (const el of copy.querySelectorAll('[tabindex]')) el.removeAttribute('tabindex')
  // Links into the dashboard lead nowhere without it.
  for (const link of copy.querySelectorAll('a[href^="/"]')) link.replaceWith(...link.childNodes)
  // Drawings keep their size, and shrink with the window.
  for (const svg of copy.querySelectorAll('figure svg')) {
    svg.setAttribute('viewBox', `0 0 ${svg.getAttribute('width')} ${svg.getAttribute('height')}`)
    svg.setAttribute('style', 'max-width: 100%; height: auto')
    svg.closest<HTMLElement>('figure > div')?.removeAttribute('style')
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>${stylesOf(document)}</style>
</head>
<body>
<main class="mx-auto max-w-4xl px-4 py-8">
<h1 class="text-xl tracking-tight">${escapeHtml(title)}</h1>
<p class="mt-1 mb-6 text-sm text-ink-2">${escapeHtml(note)}</p>
${copy.outerHTML}
</main>
</body>
</html>
`
}

/** Every rule of the page's style sheets that fetches nothing. */
function stylesOf({ styleSheets }: Document): string {
  const rules = [...styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText))
  return rules.filter((rule) => !/url\(|@import|@font-face/.test(rule)).join('\n').replaceAll('</style', '<\\/style')
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
