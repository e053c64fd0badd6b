// What a worker removes when it starts, and what it leaves, on a real Postgres.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { cleanFolders } from './clean-folders'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
  await createExampleDataset(fresh.db)
  await workAll(fresh.db, fresh.dataDir)
})
afterAll(() => fresh.dispose())

it('removes what nobody will look for again, and nothing else', async () => {
  const artifacts = path.join(fresh.dataDir, 'artifacts')
  const uploads = path.join(fresh.dataDir, 'imports', 'uploads', '0123456789abcdef')
  const [{ key }] = await fresh.db.artifact.findMany()
  const old = new Date(Date.now() - 2 * 86_400_000)
  const make = (folder: string, name: string, at?: Date) => {
    fs.mkdirSync(path.join(folder, name), { recursive: true })
    if (at) fs.utimesSync(path.join(folder, name), at, at)
  }
  make(artifacts, key, old)
  make(artifacts, 'forgotten', old)
  make(artifacts, 'young')
  make(artifacts, 'x.deleted-00000000')
  make(artifacts, 'x.partial-elsewhere-1-00000000')
  make(path.join(fresh.dataDir, 'work'), 'of-no-step')
  fs.mkdirSync(uploads, { recursive: true })
  for (const name of ['whole.tsv', 'broken-off.tsv.part', 'going-on.tsv.part']) fs.writeFileSync(path.join(uploads, name), '')
  fs.utimesSync(path.join(uploads, 'broken-off.tsv.part'), old, old)
  fs.utimesSync(path.join(uploads, 'whole.tsv'), old, old)

  const left = () => fs.readdirSync(artifacts).sort()
  await cleanFolders(fresh.db, { dataDir: fresh.dataDir, artifactsDir: artifacts, isCache: false })
  expect(left()).toEqual([key, 'forgotten', 'x.partial-elsewhere-1-00000000', 'young'].sort()) // the folder is the store: gc decides
  await cleanFolders(fresh.db, { dataDir: fresh.dataDir, artifactsDir: artifacts, isCache: true })
  expect(left()).toEqual([key, 'x.partial-elsewhere-1-00000000', 'young'].sort())
  expect(fs.readdirSync(path.join(fresh.dataDir, 'work'))).toEqual([])
  expect(fs.readdirSync(uploads).sort()).toEqual(['going-on.tsv.part', 'whole.tsv'])
})
