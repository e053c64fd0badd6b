// A few threads that run one function over many inputs: parsing and tokenising of large collections. Called by server/dataset.
// The entry is a module that calls serveThread; it lies beside its caller, as .ts in the repository and as .mjs in a bundle.
import { fileURLToPath } from 'node:url'
import { parentPort, Worker, type TransferListItem } from 'node:worker_threads'
import { AppError, type ErrorCode } from '@/contract/errors'

interface Answer<R> {
  result?: R
  error?: { code: ErrorCode; message: string; stack?: string }
}

export interface Threads<T, R> {
  readonly count: number
  /** Runs the function on the next free thread. Throws what it throws. */
  run(input: T, transfer?: TransferListItem[]): Promise<R>
  close(): Promise<void>
}

/** Starts `count` threads on `<name>.ts` (or `.mjs`) beside the caller, whose import.meta.url is `caller`. */
export function openThreads<T, R>(caller: string, name: string, count: number): Threads<T, R> {
  const bundled = !caller.endsWith('.ts')
  const entry = new URL(`./${name}.${bundled ? 'mjs' : 'ts'}`, caller)
  // A thread has no loader for TypeScript, and in Node 20 its execArgv give it none: outside of a bundle it registers tsx itself.
  const start = bundled ? fileURLToPath(entry) : `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}) })`
  const idle: Worker[] = []
  const waiting: ((worker: Worker) => void)[] = []
  const workers = Array.from({ length: count }, () => new Worker(start, { eval: !bundled }))
  for (const worker of workers) release(worker)

  function release(worker: Worker): void {
    const next = waiting.shift()
    if (next) next(worker)
    else idle.push(worker)
  }

  return {
    count,
    async run(input, transfer = []) {
      const worker = idle.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)))
      try {
        const { result, error } = await answerOf<R>(worker, () => worker.postMessage(input, transfer))
        if (error) throw Object.assign(new AppError(error.code, error.message), { stack: error.stack })
        return result as R
      } finally {
        release(worker)
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

function answerOf<R>(worker: Worker, ask: () => void): Promise<Answer<R>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
    }
    const onMessage = (answer: Answer<R>) => {
      settle()
      resolve(answer)
    }
    const onError = (error: Error) => {
      settle()
      reject(error)
    }
    const onExit = () => onError(new AppError('broken', 'A thread ended before it had answered'))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    ask()
  })
}

/** Makes this thread answer every input with what `work` returns. Called once, by the entry of the thread. */
export function serveThread<T, R>(work: (input: T) => R, transferOf: (result: R) => TransferListItem[] = () => []): void {
  parentPort!.on('message', (input: T) => {
    let answer: Answer<R>
    try {
      answer = { result: work(input) }
    } catch (error) {
      const { code, message, stack } = error instanceof AppError ? error : { code: 'broken' as const, message: (error as Error).message, stack: (error as Error).stack }
      answer = { error: { code, message, stack } }
    }
    parentPort!.postMessage(answer, answer.error ? [] : transferOf(answer.result as R))
  })
}

/**
 * Runs `work` on inputs as they come, at most `ahead` at a time, and gives the results in the order of the inputs: the same whatever
 * the number of threads, in bounded memory.
 */
export async function* inOrder<T, R>(inputs: AsyncIterable<T> | Iterable<T>, ahead: number, work: (input: T) => Promise<R>): AsyncGenerator<R> {
  const pending: Promise<R>[] = []
  try {
    for await (const input of inputs) {
      const result = work(input)
      result.catch(() => undefined) // heard of when its turn comes
      pending.push(result)
      if (pending.length >= ahead) yield await pending.shift()!
    }
    while (pending.length > 0) yield await pending.shift()!
  } finally {
    await Promise.allSettled(pending)
  }
}
