// Reads Python pickles (protocols 0 to 5) without ever executing one: classes are looked up in a table of ours, and one that is not
// there is refused by name. For DRhard's id maps (dataset/import-drhard.ts) and PyTorch checkpoints (model/torch-bin.ts).
import { AppError } from '@/contract/errors'

/** Builds the value of a class or function that a pickle names, from the arguments that it is called with. */
export type PickleGlobals = Record<string, (args: unknown[]) => unknown>

export interface PickleOptions {
  /** By full name, such as `collections.OrderedDict`. */
  globals: PickleGlobals
  /** What a persistent id stands for: a storage, in PyTorch's files. */
  persistent?: (id: unknown) => unknown
  /** Names the file in errors. */
  file: string
}

/** A dict, whatever its keys; values that a class would set on itself are kept under `state`. */
export class PickleDict {
  readonly items = new Map<unknown, unknown>()
}

/** A class or function that is named but not called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

const MARK = Symbol('mark')
const MAX_DEPTH = 100_000
const MAX_INTEGER_BYTES = 64
/**
 * A pickle remembers every value, in case it comes again; DRhard's id maps of 8.8 million would so hold 26 million byte strings and
 * tuples that never do. Those beyond this many are forgotten, and naming one again is an error.
 */
const REMEMBERED_VALUES = 1_000_000
const FORGOTTEN = Symbol('forgotten')

/** Reads one pickle from byte `start`; returns its value and where it ends. Throws AppError bad-input. */
export function readPickle(bytes: Buffer, options: PickleOptions, start = 0): { value: unknown; end: number } {
  const { file, globals, persistent } = options
  const stack: unknown[] = []
  const memo: unknown[] = []
  let at = start

  const wrong = (why: string) => new AppError('bad-input', `${file}: not a readable pickle at byte ${at}: ${why}; export it again`)
  const need = (count: number) => {
    if (!(count >= 0 && at + count <= bytes.length)) throw wrong('it ends too early')
    const from = at
    at += count
    return from
  }
  const pop = () => {
    if (stack.length === 0) throw wrong('its stack is empty')
    const value = stack.pop()
    if (value === MARK) throw wrong('a mark stands where a value is expected')
    return value
  }
  const push = (value: unknown) => {
    if (stack.length >= MAX_DEPTH && value === MARK) throw wrong('it is nested too deeply')
    stack.push(value)
  }
  const top = () => stack[stack.length - 1]
  const popToMark = () => {
    const mark = stack.lastIndexOf(MARK)
    if (mark < 0) throw wrong('a mark is missing')
    const values = stack.splice(mark)
    values.shift()
    return values
  }
  const line = () => {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) throw wrong('it ends too early')
    const text = bytes.toString('utf8', at, end)
    at = end + 1
    return text
  }
  const u8 = () => bytes[need(1)]
  const u32 = () => bytes.readUInt32LE(need(4))
  const length64 = () => {
    const length = bytes.readBigUInt64LE(need(8))
    if (length > BigInt(bytes.length)) throw wrong('it ends too early')
    return Number(length)
  }
  const text = (length: number) => {
    const from = need(length)
    return bytes.toString('utf8', from, from + length)
  }
  const raw = (length: number) => {
    const from = need(length)
    return bytes.subarray(from, from + length)
  }
  const put = (index: number, value: unknown) => {
    if (index > memo.length + 1_000_000) throw wrong('it remembers a value under an absurd number')
    memo[index] = index > REMEMBERED_VALUES && (Buffer.isBuffer(value) || Array.isArray(value)) ? FORGOTTEN : value
  }
  const get = (index: number) => {
    if (!(index in memo)) throw wrong(`it names value ${index}, which is not there`)
    if (memo[index] === FORGOTTEN) throw wrong(`it names value ${index} again, which was forgotten`)
    push(memo[index])
  }
  const global = (name: string) => {
    if (!Object.hasOwn(globals, name)) throw new AppError('bad-input', `${file} needs the Python class or function ${name}, which this product neither knows nor runs; save plain tensors or numbers`)
    return new PickleGlobal(name)
  }
  const call = (callee: unknown, args: unknown) => {
    if (!(callee instanceof PickleGlobal)) throw wrong('it calls what is no function')
    if (!Array.isArray(args)) throw wrong('it calls a function without a tuple of arguments')
    return globals[callee.name](args)
  }
  const setItems = (target: unknown, values: unknown[]) => {
    if (!(target instanceof PickleDict)) throw wrong('it sets items of what is no dict')
    if (values.length % 2 !== 0) throw wrong('a key has no value')
    for (let i = 0; i < values.length; i += 2) target.items.set(values[i], values[i + 1])
  }
  const append = (target: unknown, values: unknown[]) => {
    if (!Array.isArray(target)) throw wrong('it appends to what is no list')
    for (const value of values) target.push(value)
  }
  const integer = (digits: string) => {
    if (!/^[+-]?\d{1,40}$/.test(digits)) throw wrong(`"${digits}" is no whole number`)
    return small(BigInt(digits))
  }

  for (;;) {
    const op = u8()
    switch (op) {
      case 0x80: // PROTO
        if (u8() > 5) throw wrong('its protocol is newer than 5')
        break
      case 0x95: // FRAME
        need(8)
        break
      case 0x2e: // STOP
        return { value: pop(), end: at }
      case 0x28: // MARK
        push(MARK)
        break
      case 0x30: // POP
        stack.pop()
        break
      case 0x31: // POP_MARK
        popToMark()
        break
      case 0x32: // DUP
        push(top())
        break
      case 0x4e: // NONE
        push(null)
        break
      case 0x88: // NEWTRUE
        push(true)
        break
      case 0x89: // NEWFALSE
        push(false)
        break
      case 0x4b: // BININT1
        push(u8())
        break
      case 0x4d: // BININT2
        push(bytes.readUInt16LE(need(2)))
        break
      case 0x4a: // BININT
        push(bytes.readInt32LE(need(4)))
        break
      case 0x49: {
        // INT, which also writes booleans
        const digits = line()
        push(digits === '01' ? true : digits === '00' ? false : integer(digits))
        break
      }
      case 0x4c: // LONG
        push(integer(line().replace(/L$/, '')))
        break
      case 0x8a: // LONG1
        push(littleEndian(raw(u8())))
        break
      case 0x8b: // LONG4
        push(littleEndian(raw(u32())))
        break
      case 0x47: // BINFLOAT
        push(bytes.readDoubleBE(need(8)))
        break
      case 0x46: // FLOAT
        push(Number(line()))
        break
      case 0x58: // BINUNICODE
        push(text(u32()))
        break
      case 0x8c: // SHORT_BINUNICODE
        push(text(u8()))
        break
      case 0x8d: // BINUNICODE8
        push(text(length64()))
        break
      case 0x56: // UNICODE
        push(line())
        break
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        push(raw(u32()))
        break
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
        push(raw(u8()))
        break
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        push(raw(length64()))
        break
      case 0x7d: // EMPTY_DICT
        push(new PickleDict())
        break
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        push([])
        break
      case 0x64: {
        // DICT
        const dict = new PickleDict()
        setItems(dict, popToMark())
        push(dict)
        break
      }
      case 0x6c: // LIST
      case 0x74: // TUPLE
        push(popToMark())
        break
      case 0x85: // TUPLE1
        push([pop()])
        break
      case 0x86: {
        // TUPLE2
        const b = pop()
        push([pop(), b])
        break
      }
      case 0x87: {
        // TUPLE3
        const c = pop()
        const b = pop()
        push([pop(), b, c])
        break
      }
      case 0x61: {
        // APPEND
        const value = pop()
        append(top(), [value])
        break
      }
      case 0x65: {
        // APPENDS
        const values = popToMark()
        append(top(), values)
        break
      }
      case 0x73: {
        // SETITEM
        const value = pop()
        const key = pop()
        setItems(top(), [key, value])
        break
      }
      case 0x75: {
        // SETITEMS
        const values = popToMark()
        setItems(top(), values)
        break
      }
      case 0x94: // MEMOIZE
        put(memo.length, top())
        break
      case 0x71: // BINPUT
        put(u8(), top())
        break
      case 0x72: // LONG_BINPUT
        put(u32(), top())
        break
      case 0x70: // PUT
        put(Number(integer(line())), top())
        break
      case 0x68: // BINGET
        get(u8())
        break
      case 0x6a: // LONG_BINGET
        get(u32())
        break
      case 0x67: // GET
        get(Number(integer(line())))
        break
      case 0x63: {
        // GLOBAL
        const module = line()
        push(global(`${module}.${line()}`))
        break
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = pop()
        push(global(`${String(pop())}.${String(name)}`))
        break
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = pop()
        push(call(pop(), args))
        break
      }
      case 0x62: // BUILD: the state of an object; what we make of classes needs none
        pop()
        break
      case 0x51: // BINPERSID
        if (!persistent) throw wrong('it refers to data outside of it')
        push(persistent(pop()))
        break
      default:
        throw wrong(`operation 0x${op.toString(16)} is not supported`)
    }
  }
}

/** A number where that is exact. */
function small(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Two's complement, least significant byte first. */
function littleEndian(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_INTEGER_BYTES) throw new AppError('bad-input', `A pickle holds a whole number of ${bytes.length} bytes; no id has one`)
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  return small(bytes.length > 0 && bytes[bytes.length - 1] >= 0x80 ? value - (1n << BigInt(8 * bytes.length)) : value)
}
