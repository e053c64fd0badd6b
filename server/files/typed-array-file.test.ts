// Array files keep their bytes and shapes, read parts, and refuse damaged files by name.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { appendArrays, createArrayWriter, openArray, openArrays, readArray, readArrays, writeArray, writeArrays, type TypedArray } from './typed-array-file'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'array-file-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))
const at = (name: string) => path.join(dir, name)

describe('one array', () => {
  const arrays: TypedArray[] = [
    new Float32Array([1.5, -0, NaN, 3.4e38, 5, 6]),
    new Int32Array([-1, 2, -(2 ** 31), 4, 5, 6]),
    new Uint32Array([0, 2 ** 32 - 1, 3, 4, 5, 6]),
    new Uint16Array([0, 65535, 3, 4, 5, 6]),
    new Uint8Array([0, 255, 3, 4, 5, 6]),
    new BigInt64Array([-1n, 2n ** 62n, 3n, 4n, 5n, 6n]),
  ]
  it.each(arrays.map((a) => [a.constructor.name, a] as const))('%s comes back as it was', (name, data) => {
    writeArray(at(name), data, [3, 2])
    expect(readArray(at(name))).toEqual({ data, shape: [3, 2] })
  })

  it('is little-endian behind a 64-byte header', () => {
    writeArray(at('le'), new Int32Array([0x01020304]), [1])
    const bytes = fs.readFileSync(at('le'))
    expect(bytes.length).toBe(128)
    expect([...bytes.subarray(64, 68)]).toEqual([4, 3, 2, 1])
  })

  it('reads some rows only', () => {
    writeArray(at('rows'), Float32Array.from({ length: 12 }, (_, i) => i), [4, 3])
    const file = openArray(at('rows'), 'f32')
    expect([...file.readRows(1, 3)]).toEqual([3, 4, 5, 6, 7, 8])
    expect(file.readRows(4, 4).length).toBe(0)
    expect(() => file.readRows(3, 5)).toThrow(/rows 3 to 5 are outside 0 to 4/)
    file.close()
  })

  it('writes a view, not the buffer behind it', () => {
    writeArray(at('view'), new Int32Array([1, 2, 3, 4]).subarray(1, 3), [2])
    expect([...readArray(at('view'), 'i32').data]).toEqual([2, 3])
  })

  it('keeps an array without rows', () => {
    writeArray(at('empty'), new Float32Array(0), [0, 8])
    expect(readArray(at('empty')).shape).toEqual([0, 8])
  })
})

describe('streamed and several arrays', () => {
  it('a writer equals writing at once, and more arrays may follow', () => {
    const writer = createArrayWriter(at('stream'), 'f32', [2])
    writer.append(new Float32Array([1, 2]))
    writer.append(new Float32Array([3, 4, 5, 6]))
    writer.close()
    writeArray(at('once'), new Float32Array([1, 2, 3, 4, 5, 6]), [3, 2])
    expect(fs.readFileSync(at('stream')).equals(fs.readFileSync(at('once')))).toBe(true)

    appendArrays(at('stream'), [{ data: new Uint32Array([7]), shape: [1] }])
    const [rows, offsets] = readArrays(at('stream'), ['f32', 'u32'])
    expect([...rows]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...offsets]).toEqual([7])
    const files = openArrays(at('stream'), ['f32', 'u32'])
    expect([...files[0].readRows(2, 3)]).toEqual([5, 6])
    files[0].close()
  })

  it('refuses other dtypes and half rows', () => {
    const writer = createArrayWriter(at('bad'), 'f32', [2])
    expect(() => writer.append(new Int32Array(2))).toThrow(/i32 array was appended to a f32 file/)
    expect(() => writer.append(new Float32Array(3))).toThrow(/not whole rows of 2/)
    writer.close()
  })
})

describe('damage', () => {
  it.each([
    ['cut off', (b: Buffer) => b.subarray(0, b.length - 1), /cut off/],
    ['too long', (b: Buffer) => Buffer.concat([b, Buffer.from('x')]), /not an array file/],
    ['another format', () => Buffer.from('id\ttext\n'.repeat(30)), /not an array file/],
    ['empty', () => Buffer.alloc(0), /not an array file/],
  ])('%s is refused with the name of the file', (name, damage, reason) => {
    writeArray(at('whole'), new Int32Array(40), [40])
    fs.writeFileSync(at(name), damage(fs.readFileSync(at('whole'))))
    expect(() => readArray(at(name))).toThrow(expect.objectContaining({ code: 'broken', message: expect.stringMatching(reason) }))
    expect(() => readArray(at(name))).toThrow(at(name))
  })

  it('a missing file, another dtype and a wrong shape are refused', () => {
    expect(() => readArray(at('nowhere'))).toThrow(/nowhere cannot be opened/)
    writeArrays(at('i32'), [{ data: new Int32Array(1), shape: [1] }])
    expect(() => readArray(at('i32'), 'f32')).toThrow(/expected one f32 array, but it holds i32/)
    expect(() => writeArray(at('shape'), new Int32Array(3), [2, 2])).toThrow(/needs 4 values, got 3/)
  })
})
