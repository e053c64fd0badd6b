// Which split a query without a given one belongs to: decided by its text, so equal texts never stand on both sides.
import { createHash } from 'node:crypto'

/** Index into SPLITS: 90 % train, 5 % dev, 5 % test. The same text always gets the same split. */
export function splitOfText(text: string): number {
  const percent = createHash('sha1').update(text).digest().readUInt32LE(0) % 100
  return percent < 90 ? 0 : percent < 95 ? 1 : 2
}
