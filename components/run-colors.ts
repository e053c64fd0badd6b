// The colours of runs: a run's colorIndex decides its colour in every table and chart, in both themes.
// Ten hues with at least 3:1 contrast on the page's surface and at least 0.09 apart (OKLab, as seen with normal vision, protanopia,
// deuteranopia and, at 0.7 of the weight, tritanopia); found by hill-climbing inside hue windows, pinned by run-colors.test.ts.
// Beyond ten, the hue repeats with another dash pattern.

export const RUN_COLORS: { light: string; dark: string }[] = [
  { light: '#1348dc', dark: '#4392f7' },
  { light: '#c68206', dark: '#f69200' },
  { light: '#4e9987', dark: '#56d298' },
  { light: '#b813a0', dark: '#b84590' },
  { light: '#a071fc', dark: '#6e50d9' },
  { light: '#896a01', dark: '#f6d32b' },
  { light: '#883a2c', dark: '#c82708' },
  { light: '#385a6c', dark: '#b9e7f3' },
  { light: '#552609', dark: '#ad8978' },
  { light: '#2e2f5d', dark: '#adb2ea' },
]

const DASHES = [undefined, '7 3', '2 3', '9 3 2 3']

/** A CSS colour that follows the theme by itself. */
export function runColor(colorIndex: number): string {
  return `var(--run-${colorIndex % RUN_COLORS.length})`
}

/** The dash pattern that tells runs of equal hue apart. */
export function runDash(colorIndex: number): string | undefined {
  return DASHES[Math.floor(colorIndex / RUN_COLORS.length) % DASHES.length]
}

const declare = (theme: 'light' | 'dark') => RUN_COLORS.map((color, i) => `--run-${i}:${color[theme]}`).join(';')

/** The custom properties behind `runColor`; the root layout prints them. */
export const RUN_COLOR_CSS = `:root{${declare('light')}}.dark{${declare('dark')}}`
