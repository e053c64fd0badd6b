// Reads the tensors of pytorch_model.bin, in torch.save's zip format and in the one before PyTorch 1.6 (a stream of pickles). Only
// tensors are understood: no class is loaded and nothing is executed (server/files/pickle.ts). Called by import-hf.ts.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'
import { PickleDict, PickleGlobal, readPickle, type PickleGlobals } from '@/server/files/pickle'
import { readRange, type ReadRange } from '@/server/files/read-range'
import { zipMembers, type ZipMember } from '@/server/files/zip'
import type { NamedTensor } from './safetensors'
import { isFloatType, STORED_BYTES, toFloat32, type StoredType } from './tensor-types'

const STORAGE_TYPES: Record<string, StoredType> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
}
/** torch.save's first pickle before 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn
const MAX_PICKLE_BYTES = 256 << 20

/** Numbers that tensors are views on. */
class Storage {
  constructor(
    readonly type: StoredType,
    readonly key: string,
    readonly length: number,
  ) {}
}

class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

/** Float tensors by name, as float32; buffers of whole numbers (position_ids) are left out. Throws AppError bad-input. */
export function readTorchBin(path: string): Map<string, NamedTensor> {
  const fd = fs.openSync(path, 'r')
  try {
    return parseTorchBin((start, end) => readRange(fd, path, start, end), fs.fstatSync(fd).size, path)
  } finally {
    fs.closeSync(fd)
  }
}

export function parseTorchBin(read: ReadRange, size: number, file: string): Map<string, NamedTensor> {
  return size >= 4 && read(0, 4).readUInt32LE(0) === 0x04034b50 ? readZip(read, size, file) : readLegacy(read, size, file)
}

function readZip(read: ReadRange, size: number, file: string): Map<string, NamedTensor> {
  const members = zipMembers(read, size, file)
  const pickleName = [...members.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (!pickleName) throw new AppError('bad-input', `${file} has no data.pkl; it was not made by torch.save, or is a TorchScript file`)
  const folder = pickleName.slice(0, -'data.pkl'.length)
  const order = members.get(`${folder}byteorder`)
  if (order && read(order.start, order.end).toString('latin1').trim() !== 'little') throw new AppError('bad-input', `${file} was written on a big-endian machine, which is not supported; convert it to safetensors`)
  const { value } = readPickle(readMember(read, members.get(pickleName)!, file), { file, globals: GLOBALS, persistent: storageOf(file) })
  return tensorsOf(value, file, (storage, from, to) => {
    const member = members.get(`${folder}data/${storage.key}`)
    const bytes = STORED_BYTES[storage.type]
    if (!member || member.end - member.start < storage.length * bytes) throw new AppError('bad-input', `${file}: the numbers ${storage.key} are ${member ? 'too few' : 'missing'}; download or export it again`)
    return read(member.start + from * bytes, member.start + to * bytes)
  })
}

function readMember(read: ReadRange, { start, end }: ZipMember, file: string): Buffer {
  if (end - start > MAX_PICKLE_BYTES) throw new AppError('bad-input', `${file}: its data.pkl has ${end - start} bytes; names and shapes of tensors need far less`)
  return read(start, end)
}

/** Magic number, protocol, system, the object, keys of the storages; then each storage: count (int64) and numbers. */
function readLegacy(read: ReadRange, size: number, file: string): Map<string, NamedTensor> {
  // The pickles come first and are small beside the numbers; their end is only known by reading them.
  const head = read(0, Math.min(size, MAX_PICKLE_BYTES))
  const options = { file, globals: GLOBALS, persistent: storageOf(file) }
  const magic = readPickle(head, options)
  if (magic.value !== LEGACY_MAGIC) throw new AppError('bad-input', `${file} is no file of torch.save; give model.safetensors or pytorch_model.bin`)
  const protocol = readPickle(head, options, magic.end)
  const system = readPickle(head, options, protocol.end)
  if (protocol.value !== 1001 || !(system.value instanceof PickleDict) || system.value.items.get('little_endian') !== true) throw new AppError('bad-input', `${file} was written by another version of torch.save or on a big-endian machine; convert it to safetensors`)
  const object = readPickle(head, options, system.end)
  const keys = readPickle(head, options, object.end)
  if (!Array.isArray(keys.value)) throw new AppError('bad-input', `${file}: its list of storages is no list; download or export it again`)
  const storages = storagesOf(object.value)
  const places = new Map<string, { start: number; length: number }>()
  let at = keys.end
  for (const key of keys.value.map(String)) {
    const storage = storages.get(key)
    if (!storage || at + 8 > size) throw new AppError('bad-input', `${file}: storage ${key} is ${storage ? 'cut off' : 'named by no tensor'}; download or export it again`)
    const length = Number(read(at, at + 8).readBigInt64LE(0))
    const end = at + 8 + length * STORED_BYTES[storage.type]
    if (!(length >= 0 && end <= size)) throw new AppError('bad-input', `${file}: storage ${key} of ${length} numbers ends behind the file; download or export it again`)
    places.set(key, { start: at + 8, length })
    at = end
  }
  return tensorsOf(object.value, file, (storage, from, to) => {
    const place = places.get(storage.key)
    if (!place || to > place.length) throw new AppError('bad-input', `${file}: the numbers ${storage.key} are ${place ? 'too few' : 'missing'}; download or export it again`)
    const bytes = STORED_BYTES[storage.type]
    return read(place.start + from * bytes, place.start + to * bytes)
  })
}

/** What state dictionaries are made of; a storage's class is called by nobody, only named in persistent ids. */
const GLOBALS: PickleGlobals = {
  'collections.OrderedDict': (args) => orderedDict(args),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => rebuilt(storage, offset, shape, strides),
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  ...Object.fromEntries(Object.entries(STORAGE_TYPES).map(([name, type]) => [name, () => type])),
}

function orderedDict(args: unknown[]): PickleDict {
  const dict = new PickleDict()
  const pairs = args[0] ?? []
  if (Array.isArray(pairs)) for (const pair of pairs) if (Array.isArray(pair)) dict.items.set(pair[0], pair[1])
  return dict
}

/** `('storage', class, key, location, length)`, before 1.6 with a sixth part that is null. */
function storageOf(file: string): (id: unknown) => Storage {
  return (id) => {
    const [kind, type, key, , length, view] = Array.isArray(id) ? id : []
    const name = type instanceof PickleGlobal ? type.name : ''
    const stored = Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name] : null
    if (kind !== 'storage' || !stored || typeof key !== 'string' || !isCount(length) || (view ?? null) !== null) throw new AppError('bad-input', `${file}: it refers to data of an unknown kind (${name || String(kind)}); convert it to safetensors`)
    return new Storage(stored, key, length)
  }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function rebuilt(storage: unknown, offset: unknown, shape: unknown, strides: unknown): StoredTensor {
  const counts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount)
  if (!(storage instanceof Storage) || !isCount(offset) || !counts(shape) || !counts(strides) || shape.length !== strides.length) throw new AppError('bad-input', 'A tensor of the PyTorch file has no sensible storage, shape and strides; convert it to safetensors')
  return new StoredTensor(storage, offset, shape, strides)
}

/** The state dictionary: the object itself, or what it holds under the names that trainers use. */
function stateDict(value: unknown, file: string): PickleDict {
  if (!(value instanceof PickleDict)) throw new AppError('bad-input', `${file} holds no dictionary of tensors; save model.state_dict()`)
  for (const name of ['state_dict', 'model_state_dict', 'model']) {
    const inner = value.items.get(name)
    if (inner instanceof PickleDict) return inner
  }
  return value
}

function storagesOf(value: unknown): Map<string, Storage> {
  const storages = new Map<string, Storage>()
  const visit = (each: unknown, depth: number) => {
    if (each instanceof StoredTensor) storages.set(each.storage.key, each.storage)
    else if (each instanceof PickleDict && depth < 4) for (const inner of each.items.values()) visit(inner, depth + 1)
  }
  visit(value, 0)
  return storages
}

function tensorsOf(value: unknown, file: string, read: (storage: Storage, from: number, to: number) => Uint8Array): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>()
  for (const [name, tensor] of stateDict(value, file).items) {
    if (!(tensor instanceof StoredTensor) || typeof name !== 'string' || !isFloatType(tensor.storage.type)) continue
    const { storage, offset, shape, strides } = tensor
    const size = shape.reduce((a, b) => a * b, 1)
    if (offset + size > storage.length || !isContiguous(shape, strides)) throw new AppError('bad-input', `${file}: tensor ${name} [${shape.join(', ')}] is no plain block of its numbers; save it with .contiguous()`)
    tensors.set(name, { data: toFloat32(storage.type, read(storage, offset, offset + size)), shape })
  }
  if (tensors.size === 0) throw new AppError('bad-input', `${file} holds no float tensor; give the file with the model's weights`)
  return tensors
}

function isContiguous(shape: number[], strides: number[]): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false
    expected *= shape[i]
  }
  return true
}
