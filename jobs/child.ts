// Entry of a step's process, bundled by jobs/child-bundle.ts and spawned by jobs/step-process.ts.
import { STEPS } from './step'
import { serveStep } from './step-child'

serveStep(STEPS)
