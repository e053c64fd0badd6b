// Uploads a large file in parts, and goes on where an upload of the same file was cut off: the store lists the parts that it has, and each
// is compared by its MD5. Called by server/store/s3.ts.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListPartsCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3'

export interface PartsUpload {
  Bucket: string
  Key: string
  source: string
  bytes: number
  partBytes: number
  signal?: AbortSignal
}

/** Part number, from 1, to the entity tag that the store gave it. */
type Tags = Map<number, string>

/** Returns how many parts were there from an earlier upload. */
export async function uploadInParts(client: S3Client, { Bucket, Key, source, bytes, partBytes, signal }: PartsUpload): Promise<{ resumed: number }> {
  const target = { Bucket, Key }
  const begun = await findUpload(client, target)
  const UploadId = begun ?? (await client.send(new CreateMultipartUploadCommand(target))).UploadId!
  const there = begun ? await listParts(client, { ...target, UploadId }) : new Map<number, string>()
  const count = Math.ceil(bytes / partBytes)
  const tags: Tags = new Map()
  let resumed = 0
  const fd = fs.openSync(source, 'r')
  try {
    for (let part = 1; part <= count; part++) {
      const from = (part - 1) * partBytes
      const Body = Buffer.allocUnsafe(Math.min(partBytes, bytes - from))
      fs.readSync(fd, Body, 0, Body.length, from)
      const md5 = createHash('md5').update(Body)
      const digest = md5.digest()
      if (there.get(part) === `"${digest.toString('hex')}"`) {
        tags.set(part, there.get(part)!)
        resumed++
        continue
      }
      // The store checks what arrives against the MD5.
      const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: part, Body, ContentLength: Body.length, ContentMD5: digest.toString('base64') }), { abortSignal: signal })
      tags.set(part, ETag!)
    }
  } finally {
    fs.closeSync(fd)
  }
  const Parts = [...tags].map(([PartNumber, ETag]) => ({ PartNumber, ETag }))
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }), { abortSignal: signal })
  return { resumed }
}

/** The newest unfinished upload of an object; older ones are dropped. Null where there is none, or the store does not list them. */
async function findUpload(client: S3Client, { Bucket, Key }: { Bucket: string; Key: string }): Promise<string | null> {
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    const own = Uploads.filter((upload) => upload.Key === Key && upload.UploadId).sort((a, b) => (b.Initiated?.getTime() ?? 0) - (a.Initiated?.getTime() ?? 0))
    for (const { UploadId } of own.slice(1)) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    return own[0]?.UploadId ?? null
  } catch {
    return null // it is uploaded from the start, which is only slower
  }
}

async function listParts(client: S3Client, upload: { Bucket: string; Key: string; UploadId: string }): Promise<Tags> {
  const tags: Tags = new Map()
  let marker: string | undefined
  do {
    const { Parts = [], NextPartNumberMarker, IsTruncated } = await client.send(new ListPartsCommand({ ...upload, PartNumberMarker: marker }))
    for (const { PartNumber, ETag } of Parts) if (PartNumber && ETag) tags.set(PartNumber, ETag)
    marker = IsTruncated ? NextPartNumberMarker : undefined
  } while (marker)
  return tags
}
