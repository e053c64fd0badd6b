// One step of bench/data.ts in a process of its own, so that its peak memory is its own. Prints JSON.
import fs from 'node:fs'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { importDataset } from '@/server/dataset/import'
import { tokeniseDataset } from '@/server/dataset/tokenise'
import { uniform } from '@/server/random/random'
import { trainBpe } from '@/server/text/bpe-train'
import { writeVocabulary } from '@/server/text/tokenizer-files'

const LEARNT_DOCS = 100_000
const OPENED = 2000

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
      const random = uniform(5)
      const times = Array.from({ length: OPENED }, () => {
        const row = Math.floor(dataset.docs.count * random())
        const switches = process.resourceUsage().involuntaryContextSwitches
        const at = performance.now()
        dataset.docs.get(row)
        const ms = performance.now() - at
        return { ms, interrupted: process.resourceUsage().involuntaryContextSwitches > switches }
      }).sort((a, b) => a.ms - b.ms)
      dataset.close()
      // where others take the cores, the slowest is a pause of this process and says nothing of the file
      const calm = times.filter(({ interrupted }) => !interrupted)
      return { medianMs: times[OPENED >> 1].ms, p99Ms: times[Math.floor(0.99 * OPENED)].ms, worstMs: times[OPENED - 1].ms, calmWorstMs: calm.at(-1)!.ms, interrupted: OPENED - calm.length }
    }
    default:
      throw new Error(`unknown step ${what}`)
  }
}
