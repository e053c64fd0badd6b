// Commands that run the product and keep it: dashboard, workers, artifacts, backups, accounts. Called by jobs/cli.ts.
import { text, wholeNumber, port, type Command } from './command'

export const SERVING: Record<string, Command> = {
  demo: {
    usage: `drhard demo [--exit] [--json FILE] [--port N]
  Imports WordNet, then trains and judges BM25, an in-batch warm-up, STAR and ADORE, with the dashboard on http://127.0.0.1:3000.
  --exit       stop when the runs are done (exit code 1 if a step failed or the order of quality is not the paper's)
  --json FILE  write measures and times to FILE
  --port N     port of the dashboard (default 3000)`,
    options: { exit: { type: 'boolean' }, json: { type: 'string' }, port: { type: 'string' } },
    run: async (v) => (await import('../demo')).demo({ exit: v.exit === true, json: text(v.json), port: port(v.port) }),
  },
  serve: {
    usage: `drhard serve [--port N] [--host ADDRESS]
  Starts the dashboard, a worker, and Postgres (its own under .drhard, or the one of DATABASE_URL).
  --port N        port of the dashboard (default 3000)
  --host ADDRESS  address to listen on (default 127.0.0.1, this machine only). With another one everybody signs in: DRHARD_PASSWORD and
                  DRHARD_VIEWER_PASSWORD set the passwords of the accounts editor and viewer; without any account one is made and shown once.`,
    options: { port: { type: 'string' }, host: { type: 'string' } },
    run: async (v) => (await import('../serve')).serve({ port: port(v.port), host: text(v.host) ?? '127.0.0.1' }),
  },
  worker: {
    usage: `drhard worker [--slots N] [--memory GB] [--devices LIST]
  Starts one more job server on the database of DATABASE_URL, or on that of a running ./drhard serve. Artifacts are shared through
  DRHARD_ARTIFACTS: a folder that all machines mount, or s3://bucket/prefix (docs/operations.md).
  --slots N       steps that run at the same time (default 1)
  --memory GB     memory for steps (default: what the machine has)
  --devices LIST  such as cpu,cuda (default: what is found)`,
    options: { slots: { type: 'string' }, memory: { type: 'string' }, devices: { type: 'string' } },
    run: async (v) => {
      const memoryBytes = v.memory === undefined ? undefined : wholeNumber('--memory', v.memory, 0, 1, 100_000) * 1e9
      await (await import('../worker')).runWorker({ slots: wholeNumber('--slots', v.slots, 1, 1, 64), capabilities: { memoryBytes, devices: text(v.devices)?.split(',') } })
    },
  },
  'artifacts list': { usage: 'drhard artifacts list\n  What is published, by kind, and the room that is left.', run: async () => (await import('../artifacts')).listArtifacts() },
  'artifacts verify': { usage: 'drhard artifacts verify\n  Hashes every published file and names those that are not what was published.', run: async () => (await import('../artifacts')).verifyArtifacts() },
  'artifacts gc': {
    usage: `drhard artifacts gc [--dry-run] [--older-than DAYS] [--keep-last N]
  Removes what finished runs no longer need: document embeddings, checkpoints but for the last and the best on dev, what mining used. A later run that needs one
  makes it again.
  --dry-run          only say what would be removed
  --older-than DAYS  only of runs that ended at least this many days ago (default 7)
  --keep-last N      checkpoints of each run that stay beside its best by MRR@10 (default 1)`,
    options: { 'dry-run': { type: 'boolean' }, 'older-than': { type: 'string' }, 'keep-last': { type: 'string' } },
    run: async (v) => (await import('../artifacts')).collectArtifacts({ olderThanDays: wholeNumber('--older-than', v['older-than'], 7, 0, 3650), keepLast: wholeNumber('--keep-last', v['keep-last'], 1, 1, 1000), dryRun: v['dry-run'] === true }),
  },
  backup: {
    usage: `drhard backup FOLDER [--database-only]
  Backs up the database as of one moment, and the artifacts that are not in FOLDER yet. The server may run meanwhile.
  --database-only  without artifacts, where they lie in a store that is backed up by itself`,
    options: { 'database-only': { type: 'boolean' } },
    positionals: ['FOLDER'],
    run: async (v, [folder]) => (await import('../backup')).backup({ folder, withArtifacts: v['database-only'] !== true }),
  },
  restore: {
    usage: 'drhard restore FOLDER\n  Restores the newest backup of FOLDER into this installation, which must be empty and not running (another DRHARD_DATA_DIR or DATABASE_URL).',
    positionals: ['FOLDER'],
    run: async (_, [folder]) => (await import('../backup')).restore({ folder }),
  },
  'account add': {
    usage: `drhard account add NAME [--role viewer|editor]
  Creates an account, or changes its role and password; the password is read from DRHARD_NEW_PASSWORD, else from standard input.`,
    options: { role: { type: 'string' } },
    positionals: ['NAME'],
    run: async (v, [name]) => (await import('../account')).addAccount({ name, role: text(v.role) ?? 'viewer' }),
  },
  'account remove': {
    usage: 'drhard account remove NAME\n  Deletes an account and ends its sessions.',
    positionals: ['NAME'],
    run: async (_, [name]) => (await import('../account')).removeAccount(name),
  },
  'account list': { usage: 'drhard account list', run: async () => (await import('../account')).printAccounts() },
}
