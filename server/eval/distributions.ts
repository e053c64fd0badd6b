// Tail probabilities for the parametric tests: normal, Student's t and the studentized range. Called by paired.ts, tukey.ts and seeds.ts.

/** P(Z <= x). Hart's rational approximation as given by West 2005, about 15 digits. */
export function normalCdf(x: number): number {
  const a = Math.abs(x)
  let upper = 0
  if (a < 37) {
    const e = Math.exp((-a * a) / 2)
    if (a < 7.07106781186547) {
      const top = ((((((3.52624965998911e-2 * a + 0.700383064443688) * a + 6.37396220353165) * a + 33.912866078383) * a + 112.079291497871) * a + 221.213596169931) * a + 220.206867912376) * e
      const bottom = ((((((8.83883476483184e-2 * a + 1.75566716318264) * a + 16.064177579207) * a + 86.7807322029461) * a + 296.564248779674) * a + 637.333633378831) * a + 793.826512519948) * a + 440.413735824752
      upper = top / bottom
    } else upper = e / (a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65))))) / Math.sqrt(2 * Math.PI)
  }
  return x > 0 ? 1 - upper : upper
}

/** P(|T| >= |t|) for Student's t with `df` degrees of freedom. */
export function studentTwoSided(t: number, df: number): number {
  return Number.isFinite(t) ? incompleteBeta(df / (df + t * t), df / 2, 0.5) : 0
}

/** The t that |T| exceeds with probability `alpha`. */
export function studentQuantile(alpha: number, df: number): number {
  let [low, high] = [0, 1e6]
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (studentTwoSided(middle, df) > alpha) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(Q >= q) for the studentized range of `groups` means and `df` degrees of freedom of the variance: Simpson's rule over both integrals. */
export function studentizedRangeUpper(q: number, groups: number, df: number): number {
  if (!Number.isFinite(q)) return 0
  // s = estimated / true standard deviation; df s^2 is chi-squared
  const spread = 1 / Math.sqrt(2 * df)
  const logScale = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2)
  const density = (s: number) => (s <= 0 ? 0 : Math.exp(logScale + (df - 1) * Math.log(s) - (df * s * s) / 2))
  const below = simpson((s) => density(s) * rangeCdf(q * s, groups), Math.max(0, 1 - 9 * spread), 1 + 9 * spread, 160)
  return Math.min(1, Math.max(0, 1 - below))
}

/** P(range of `groups` standard normal numbers <= w). */
function rangeCdf(w: number, groups: number): number {
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  return groups * simpson((z) => density(z) * (normalCdf(z) - normalCdf(z - w)) ** (groups - 1), -8, 8, 160)
}

function simpson(f: (x: number) => number, from: number, to: number, parts: number): number {
  const h = (to - from) / parts
  let sum = f(from) + f(to)
  for (let i = 1; i < parts; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2)
  return (sum * h) / 3
}

/** I_x(a, b), by its continued fraction (DLMF 8.17.22, modified Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let fraction = d
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let change = 1
    for (const term of [even, odd]) {
      d = 1 + term * d
      d = 1 / (Math.abs(d) < tiny ? tiny : d)
      c = 1 + term / c
      if (Math.abs(c) < tiny) c = tiny
      change = c * d
      fraction *= change
    }
    if (Math.abs(change - 1) < 1e-15) break
  }
  return front * fraction
}

/** ln of the gamma function for x > 0: Stirling's series after shifting x up (DLMF 5.11.1). */
export function logGamma(x: number): number {
  let shift = 0
  while (x < 10) shift -= Math.log(x++)
  const y = 1 / (x * x)
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360)))))) / x
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series
}
