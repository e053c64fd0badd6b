// Real S3 servers for the tests of the store: s3rver (npm, always there) and the Versity S3 Gateway, which more storage systems resemble
// (go install github.com/versity/versitygw/cmd/versitygw@v1.8.0; found on the PATH or through DRHARD_VERSITYGW).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import S3rver from 's3rver'
import { freePort } from '@/server/db/embedded'

export interface S3Server {
  name: string
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
  bucket: string
  /** Whether it lists the parts of unfinished uploads. */
  listsParts: boolean
  /** Folder of the objects, to damage them. */
  folder: string
  stop(): Promise<void>
}

const BUCKET = 'artifacts'

/** The servers that can be started here, by name. */
export function availableS3Servers(): { name: string; start: () => Promise<S3Server> }[] {
  const versity = [process.env.DRHARD_VERSITYGW, 'versitygw'].find((command) => command && spawnSync(command, ['--version']).status === 0)
  return [{ name: 's3rver', start: startS3rver }, ...(versity ? [{ name: 'versitygw', start: () => startVersity(versity) }] : [])]
}

async function startS3rver(): Promise<S3Server> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-s3rver-'))
  const port = await freePort()
  const server = new S3rver({ address: '127.0.0.1', port, silent: true, directory: folder, configureBuckets: [{ name: BUCKET, configs: [] }] })
  await server.run()
  return {
    name: 's3rver',
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    bucket: BUCKET,
    listsParts: false,
    folder: path.join(folder, BUCKET),
    async stop() {
      await server.close()
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startVersity(command: string): Promise<S3Server> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-versity-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const credentials = { accessKeyId: 'drhardtest', secretAccessKey: 'drhardtestsecret' }
  const server: ChildProcess = spawn(command, ['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey, '--port', `127.0.0.1:${port}`, 'posix', '--sidecar', path.join(folder, 'sidecar'), path.join(folder, 'data')], { stdio: 'ignore' })
  fs.mkdirSync(path.join(folder, 'data'))
  fs.mkdirSync(path.join(folder, 'sidecar'))
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  for (let tries = 0; ; tries++) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
      break
    } catch (error) {
      if (tries > 100 || server.exitCode !== null) throw error
      await sleep(50)
    }
  }
  return {
    name: 'versitygw',
    endpoint,
    ...credentials,
    bucket: BUCKET,
    listsParts: true,
    folder: path.join(folder, 'data', BUCKET),
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}
