// PyTorch's files hold the tensors of the safetensors file beside them, in both formats; half precision becomes float32; nothing foreign
// is loaded.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeShared } from '@/tests/shared-data'
import { readSafetensors, parseSafetensors } from './safetensors'
import { toFloat32 } from './tensor-types'
import { parseTorchBin, readTorchBin } from './torch-bin'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'torch-bin-'))
afterAll(() => fs.rmSync(root, { recursive: true }))

describeShared('the original’s checkpoints', 'goldens/drhard/model', (dir) => {
  const expected = readSafetensors(path.join(dir, 'model.safetensors'))
  it.each(['pytorch_model.bin', 'pytorch_model.legacy.bin'])('%s', (name) => {
    const tensors = readTorchBin(path.join(dir, name))
    expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [tensor, { data, shape }] of expected) expect(tensors.get(tensor), tensor).toEqual({ data, shape })
  })

  it.each(['pytorch_model.bin', 'pytorch_model.legacy.bin', 'model.safetensors'])('%s cut off anywhere is refused', (name) => {
    const whole = fs.readFileSync(path.join(dir, name))
    const file = path.join(root, name)
    for (const length of [0, 3, 7, 9, 100, 1000, whole.length >> 1, whole.length - 1]) {
      fs.writeFileSync(file, whole.subarray(0, length))
      expect(() => (name.endsWith('.bin') ? readTorchBin(file) : readSafetensors(file)), String(length)).toThrow(expect.objectContaining({ code: 'bad-input' }))
    }
  })
})

describe('number types', () => {
  it('half and bfloat16 become the same numbers as float32', () => {
    // 1, -2, 65504 (the largest), 2^-24 (the smallest), infinity, 0.333251953125
    expect([...toFloat32('F16', Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x7c, 0x55, 0x35))]).toEqual([1, -2, 65504, 2 ** -24, Infinity, 0.333251953125])
    expect([...toFloat32('BF16', Uint8Array.of(0x80, 0x3f, 0x00, 0xc0))]).toEqual([1, -2])
    expect([...toFloat32('F64', new Uint8Array(new Float64Array([0.5, -3]).buffer))]).toEqual([0.5, -3])
  })
})

describe('a safetensors header that lies', () => {
  const file = (header: unknown, dataBytes: number, headerLength?: number) => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
    const bytes = Buffer.alloc(8 + json.length + dataBytes)
    bytes.writeBigUInt64LE(BigInt(headerLength ?? json.length))
    json.copy(bytes, 8)
    return () => parseSafetensors((start, end) => bytes.subarray(start, end), bytes.length, 'x')
  }
  const tensor = (dtype: string, shape: number[], from: number, to: number) => ({ dtype, shape, data_offsets: [from, to] })
  it.each<[string, () => unknown, RegExp]>([
    ['about its own length', file({ a: tensor('F32', [1], 0, 4) }, 4, 2 ** 40), /header of 1099511627776 bytes in a file of/],
    ['about a tensor’s length', file({ a: tensor('F32', [2], 0, 4) }, 4), /tensor a \[2\] does not lie at bytes 0\.\.4/],
    ['about where a tensor ends', file({ a: tensor('F32', [2], 0, 8) }, 4), /does not lie at bytes 0\.\.8/],
    ['with tensors that overlap', file({ a: tensor('F32', [2], 0, 8), b: tensor('F32', [1], 4, 8) }, 8), /tensors a and b overlap/],
    ['with negative offsets', file({ a: tensor('F32', [1], -4, 0) }, 4), /does not lie at bytes -4\.\.0/],
    ['with an unknown type', file({ a: tensor('F8_E4M3', [1], 0, 1) }, 1), /tensor a is F8_E4M3, expected F32, F16, BF16, F64/],
    ['with no JSON', file('{"a":', 0), /its header is not the expected JSON/],
  ])('%s', (_, parse, message) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })

  it('an honest one is read, whole numbers left out', () => {
    expect([...(file({ a: tensor('F32', [1], 0, 4), ids: tensor('I64', [1], 4, 12) }, 12)() as Map<string, unknown>).keys()]).toEqual(['a'])
  })
})

describe('foreign pickles', () => {
  const parse = (bytes: Buffer) => () => parseTorchBin((start, end) => bytes.subarray(start, end), bytes.length, 'model.bin')
  it('a class that is no tensor is refused by name', () => {
    expect(parse(Buffer.from('\x80\x02cos\nsystem\n(S"id"\ntR.', 'latin1'))).toThrow(/model\.bin needs the Python class or function os\.system, which this product neither knows nor runs/)
  })
  it('a zip whose members are compressed is refused', () => {
    // python: zipfile with ZIP_DEFLATED, member archive/data.pkl of 1,000 zeros
    const bytes = Buffer.from('UEsDBBQAAAAIAAAAIQAAAAAACwAAAOgDAAAQAAAAYXJjaGl2ZS9kYXRhLnBrbGNgGAWjYBQMdwAAUEsBAhQAFAAAAAgAAAAhAAAAAAALAAAA6AMAABAAAAAAAAAAAAAAAAAAAAAAAGFyY2hpdmUvZGF0YS5wa2xQSwUGAAAAAAEAAQA+AAAAOQAAAAAA', 'base64')
    expect(parse(bytes)).toThrow(/member archive\/data\.pkl is compressed, which torch\.save never does/)
  })
})
