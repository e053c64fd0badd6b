// Which split a query without a given one belongs to: decided by its text, so equal texts never stand on both sides.
import { createHash } from 'node:crypto'
import type { Split } from '@/contract/dataset'

/** 90 % train, 5 % dev, 5 % test. The same text, a string or its UTF-8, always gets the same split. */
export function splitOfText(text: string | Uint8Array): Split {
  const percent = createHash('sha1').update(text).digest().readUInt32LE(0) % 100
  return percent < 90 ? 'train' : percent < 95 ? 'dev' : 'test'
}
