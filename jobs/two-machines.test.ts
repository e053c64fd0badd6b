// Two workers on machines of their own (network namespaces) that share nothing but Postgres and an S3 store; one's cable is pulled in the
// middle of a step.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLive, type RunDetail } from '@/contract/run'
import { launchRuns } from '@/server/db/launch'
import { readMetrics } from '@/server/db/metrics'
import { readRun } from '@/server/db/runs'
import { listWorkers } from '@/server/db/workers'
import { readManifest } from '@/server/files/artifact'
import { verifyArtifact } from '@/server/files/verify'
import { openStore } from '@/server/store/store'
import { SEEDS } from '@/tests/fake-seeds'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { createExampleDataset, warmupRun } from '@/tests/launch-examples'
import { addMachine, whyNoNamespaces, type Machine } from '@/tests/network-namespace'
import { availableS3Servers, type S3Server } from '@/tests/s3-servers'
import { bundleChild } from './child-bundle'

const reason = whyNoNamespaces()
const root = path.resolve('.')

describe.skipIf(reason !== null)(`two machines${reason ? ` (not here: ${reason})` : ''}`, () => {
  let fresh: FreshDatabase
  let s3: S3Server
  let childFile: string
  let machines: { machine: Machine; dataDir: string; worker: ChildProcess; doors: net.Server[] }[]

  beforeAll(async () => {
    fresh = await freshDatabase()
    s3 = await availableS3Servers()[0].start()
    childFile = await bundleChild(root, path.join(root, 'tests', 'fake-child.ts'))
    machines = []
    for (const index of [41, 42]) machines.push(await startMachine(index))
  })
  afterAll(async () => {
    for (const { machine, worker, doors, dataDir } of machines) {
      worker.kill('SIGKILL')
      for (const door of doors) door.close()
      machine.remove()
      fs.rmSync(dataDir, { recursive: true, force: true })
    }
    await s3.stop()
    await fresh.dispose()
  })

  async function startMachine(index: number) {
    const machine = addMachine(index)
    const [database, store] = [new URL(fresh.url), new URL(s3.endpoint)]
    const doors = [await openDoor(machine.gateway, Number(database.port)), await openDoor(machine.gateway, Number(store.port))]
    database.hostname = store.hostname = machine.gateway
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), `drhard-machine-${index}-`))
    const env = { ...process.env, DATABASE_URL: String(database), DRHARD_DATA_DIR: dataDir, DRHARD_ARTIFACTS: `s3://${s3.bucket}/studio`, DRHARD_S3_ENDPOINT: String(store).replace(/\/$/, ''), AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey }
    const [command, ...args] = [...machine.prefix, process.execPath, '--import', 'tsx', 'tests/fake-worker.ts', childFile]
    return { machine, dataDir, doors, worker: spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] }) }
  }

  async function until<T>(look: () => Promise<T>, what: (seen: T) => boolean, timeoutMs = 45_000): Promise<T> {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(50)) {
      const seen = await look()
      if (what(seen)) return seen
      if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(seen).slice(0, 2000)}`)
    }
  }
  const train = (run: RunDetail) => run.steps.find((step) => step.kind === 'train')!

  it('a step whose machine is cut off goes on elsewhere; nothing is lost, nothing is there twice, and the machine comes back', async () => {
    await until(() => listWorkers(fresh.db), (workers) => workers.filter((w) => w.state === 'idle').length === 2)
    const datasetId = await createExampleDataset(fresh.db)
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'cut', SEEDS.slow)])
    const look = () => readRun(fresh.db, runIds[0])
    await until(look, (run) => (train(run).progress?.done ?? 0) > 20)
    const cut = (await fresh.db.step.findUniqueOrThrow({ where: { id: train(await look()).id } })).workerId!
    const victim = machines.find(({ worker }) => cut.includes(`-${worker.pid}-`))!
    victim.machine.pull()
    const cutAt = Date.now()

    await until(() => listWorkers(fresh.db), (workers) => workers.find((w) => w.id === cut)?.state === 'lost', 30_000)
    console.log(`shown as lost after ${((Date.now() - cutAt) / 1000).toFixed(1)} s`)
    const done = await until(look, (run) => !isLive(run.state))
    expect(done.state).toBe('succeeded')
    const step = await fresh.db.step.findUniqueOrThrow({ where: { id: train(done).id } })
    expect(step.attempt).toBe(2)
    expect(step.workerId).not.toBe(cut)
    expect((await readMetrics(fresh.db, runIds[0])).loss.map((point) => point.step)).toEqual(Array.from({ length: (await readMetrics(fresh.db, runIds[0])).loss.length }, (_, i) => i))

    // Every artifact is whole in the store, wherever it was made.
    const here = path.join(fresh.dataDir, 'artifacts')
    const store = openStore({ root: here, location: `s3://${s3.bucket}/studio`, s3 })
    for (const { artifactKey } of done.steps) {
      expect(await store.fetch(artifactKey)).toBe(true)
      await verifyArtifact(artifactKey, { root: here, verifiedDir: path.join(fresh.dataDir, 'verified'), now: Date.now() })
    }
    expect(readManifest(here, train(done).artifactKey)!.result).toEqual({})

    victim.machine.plug()
    await until(() => listWorkers(fresh.db), (workers) => workers.find((w) => w.id === cut)?.state === 'idle', 60_000)
    expect((await look()).state).toBe('succeeded')
  }, 180_000)
})

/** Lets a machine reach a port of this one's loopback. */
async function openDoor(address: string, port: number): Promise<net.Server> {
  const door = net.createServer((outside) => {
    const inside = net.connect(port, '127.0.0.1')
    outside.pipe(inside).pipe(outside)
    for (const end of [outside, inside]) end.on('error', () => [outside, inside].forEach((side) => side.destroy()))
  })
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(port, address, resolve))
  return door
}
