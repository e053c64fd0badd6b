// A report as one HTML file that opens without the server: text, tables, charts as inline SVG, and nothing that would be fetched.
// Called by report-view.tsx with the article as it is on screen.

const VARIABLES = ['--surface', '--line', '--line-strong', '--ink', '--ink-2', '--ink-3', '--accent', ...Array.from({ length: 10 }, (_, i) => `--run-${i}`)]

const STYLE = `
body{margin:0 auto;max-width:54rem;padding:2rem 1rem;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--surface)}
h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.3rem;margin-top:2rem}h3{font-size:1.1rem}
p,li{text-wrap:pretty}a{color:var(--accent)}pre{overflow-x:auto;padding:.75rem;border:1px solid var(--line);border-radius:6px}
blockquote{margin:1rem 0;padding-left:1rem;border-left:3px solid var(--line-strong);color:var(--ink-2)}
figure{margin:1.5rem 0;padding:.75rem;border:1px solid var(--line);border-radius:8px;overflow-x:auto}
figure svg{max-width:100%;height:auto}figcaption,footer{font-size:.8rem;color:var(--ink-3)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:right;border-top:1px solid var(--line)}th:first-child,td:first-child,thead th:nth-child(2),td:nth-child(2){text-align:left}
thead th{border-top:0;color:var(--ink-3);font-weight:500}
ul[data-legend]{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:.5rem 0;font-size:.9rem}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.5rem}`

/** `origin`: where links to runs lead; they are the only addresses in the file. */
export function exportReport(article: HTMLElement, { title, origin, at }: { title: string; origin: string; at: Date }): string {
  const copy = article.cloneNode(true) as HTMLElement
  for (const el of copy.querySelectorAll('button, [data-cursor], script, link, iframe')) el.remove()
  for (const image of copy.querySelectorAll('img')) if (!image.src.startsWith('data:')) image.replaceWith(`[${image.alt || 'picture'}]`)
  for (const svg of copy.querySelectorAll('svg')) {
    const [width, height] = [svg.getAttribute('width'), svg.getAttribute('height')]
    if (width && height && !svg.hasAttribute('viewBox')) svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  }
  for (const link of copy.querySelectorAll('a')) link.setAttribute('href', new URL(link.getAttribute('href') ?? '', origin).href)
  for (const el of [copy, ...copy.querySelectorAll('*')]) for (const name of ['class', 'style', 'tabindex', 'role', 'aria-roledescription']) if (!(name === 'role' && el.tagName === 'svg')) el.removeAttribute(name)
  const colours = getComputedStyle(document.documentElement)
  const root = `:root{${VARIABLES.map((name) => `${name}:${colours.getPropertyValue(name).trim()}`).join(';')}}`
  const made = `Made by DRhard Studio on ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, with the values of that time.`
  return `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>${escapeHtml(title)}</title>\n<style>${root}${STYLE}</style>\n</head>\n<body>\n<h1>${escapeHtml(title)}</h1>\n${copy.innerHTML}\n<footer>${escapeHtml(made)}</footer>\n</body>\n</html>\n`
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
