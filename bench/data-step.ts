// One step of bench/data.ts in a process of its own, so that its peak memory is its own. Prints JSON.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { importDataset } from '@/server/dataset/import'
import { tokeniseDataset } from '@/server/dataset/tokenise'
import { uniform } from '@/server/random/random'
import { trainBpe } from '@/server/text/bpe-train'
import { writeVocabulary } from '@/server/text/tokenizer-files'

const LEARNT_DOCS = 100_000
const OPENED = 2000
/** Fewer, so that most of their pages are read for the first time. */
const OPENED_COLD = 400

const [what, from, to, threads, vocabularyDir] = process.argv.slice(2)
if (to) fs.mkdirSync(to)
const startedAt = performance.now()
const extra = await work()
// maxRSS is in kilobytes and counts the threads too
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, peakMb: process.resourceUsage().maxRSS / 1000, ...extra }))

async function work(): Promise<Record<string, number>> {
  switch (what) {
    case 'import':
      await importDataset({ kind: 'tsv', folder: from }, to, { threads: Number(threads) })
      return {}
    case 'learn': {
      const dataset = openDataset(from)
      writeVocabulary(to, trainBpe(dataset.docs.range(0, Math.min(LEARNT_DOCS, dataset.docs.count)), 30_000, { lowercase: true }))
      dataset.close()
      return {}
    }
    case 'tokenise': {
      const { docTokens, queryTokens } = await tokeniseDataset(from, to, { vocabularyDir }, { threads: Number(threads) })
      return { tokens: docTokens + queryTokens }
    }
    case 'open': {
      const dataset = openDataset(path.resolve(from))
      const times = openAtRandom(dataset, OPENED)
      dataset.close()
      // where others take the cores, the slowest is a pause of this process and says nothing of the file
      const calm = times.filter(({ interrupted }) => !interrupted)
      return { medianMs: times[OPENED >> 1].ms, p99Ms: times[Math.floor(0.99 * OPENED)].ms, worstMs: times[OPENED - 1].ms, calmWorstMs: calm.at(-1)!.ms, interrupted: OPENED - calm.length }
    }
    case 'open-cold':
    case 'open-ahead': {
      for (const file of fs.readdirSync(from)) execFileSync('dd', [`if=${path.join(from, file)}`, 'iflag=nocache', 'count=0', 'status=none'])
      const dataset = openDataset(path.resolve(from))
      if (what === 'open-ahead') await dataset.readAhead()
      const times = openAtRandom(dataset, OPENED_COLD)
      dataset.close()
      return { medianMs: times[OPENED_COLD >> 1].ms, p99Ms: times[Math.floor(0.99 * OPENED_COLD)].ms, worstMs: times[OPENED_COLD - 1].ms }
    }
    default:
      throw new Error(`unknown step ${what}`)
  }
}

/** Documents with their ids, as a page shows them; fastest first. */
function openAtRandom(dataset: Dataset, count: number): { ms: number; interrupted: boolean }[] {
  const random = uniform(5)
  return Array.from({ length: count }, () => {
    const row = Math.floor(dataset.docs.count * random())
    const switches = process.resourceUsage().involuntaryContextSwitches
    const at = performance.now()
    dataset.docs.get(row)
    dataset.docIds.idOf(row)
    const ms = performance.now() - at
    return { ms, interrupted: process.resourceUsage().involuntaryContextSwitches > switches }
  }).sort((a, b) => a.ms - b.ms)
}
