// One side of a benchmark: a process that does its work for every line on standard input and answers with a line of JSON, so that sides
// take turns and noise falls on all of them. Called by train.ts and search.ts.
import type { ChildProcess } from 'node:child_process'
import readline from 'node:readline'

export interface Side<Turn> {
  name: string
  step(): Promise<Turn>
  stop(): void
}

export function sideOf<Turn>(name: string, child: ChildProcess): Side<Turn> {
  const lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return {
    name,
    async step() {
      child.stdin!.write('step\n')
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended early`)
      return JSON.parse(value as string) as Turn
    },
    stop: () => child.kill(),
  }
}
