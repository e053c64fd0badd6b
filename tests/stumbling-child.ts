// Entry of a step process that runs the real steps, but whose first attempt at the last part of a shared step is killed in the middle.
// Called by jobs/shared-out.test.ts.
import fs from 'node:fs'
import path from 'node:path'
import { serveStep } from '@/jobs/step-child'
import { STEPS, type StepContext, type StepFunction } from '@/jobs/step'

function stumble<K extends 'encode-shard' | 'retrieve-shard'>(run: StepFunction<K>): StepFunction<K> {
  return (context: StepContext<K>) => {
    const marker = path.join(context.workDir, 'stumbled')
    if (context.params.from === 0 || fs.existsSync(marker)) return run(context)
    const progress: typeof context.progress = (done, total, unit) => {
      context.progress(done, total, unit)
      if (done < total / 2) return
      fs.writeFileSync(marker, '')
      process.kill(process.pid, 'SIGKILL')
    }
    return run({ ...context, progress })
  }
}

serveStep({
  ...STEPS,
  'encode-shard': async () => ({ run: stumble((await STEPS['encode-shard']()).run) }),
  'retrieve-shard': async () => ({ run: stumble((await STEPS['retrieve-shard']()).run) }),
})
