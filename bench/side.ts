// One side of a benchmark: a process that does one unit of work for every line on its standard input and answers with a line of JSON, so that
// sides take turns and noise falls on all of them. Called by sides.ts, search.ts and eval.ts.
import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import type { z } from 'zod'

export interface Side<Turn> {
  name: string
  turn(): Promise<Turn>
  stop(): void
}

export const HUGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }

/** `work` is the first line that the process gets; `answer` is what each of its lines must be. */
export function sideOf<Answer extends z.ZodType>(name: string, child: ChildProcess, { work, answer }: { work: unknown; answer: Answer }): Side<z.output<Answer>> {
  const lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  child.stdin!.write(`${JSON.stringify(work)}\n`)
  return {
    name,
    async turn() {
      child.stdin!.write('turn\n')
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended early`)
      return answer.parse(JSON.parse(value as string))
    },
    stop: () => child.kill(),
  }
}

/** Our side: a script of this folder, in the environment that step children have. */
export function ourSide<Answer extends z.ZodType>(script: string, job: { work: unknown; answer: Answer }): Side<z.output<Answer>> {
  const entry = path.join(import.meta.dirname, script)
  return sideOf('ours', spawn(process.execPath, ['--import', 'tsx', entry], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...HUGE_PAGES } }), job)
}
